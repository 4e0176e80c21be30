# Sounds of our own, and what transformers' feature extractors make of them (without PyTorch: by NumPy).
#     pip install transformers==5.24.0 numpy==2.4.6 scipy==1.17.1; python sounds_reference.py
import struct

import numpy as np
from scipy.io import wavfile
from transformers import Wav2Vec2FeatureExtractor, WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function


def sound(rate, seconds, channels):
    t = np.arange(int(rate * seconds)) / rate
    one = 0.4 * np.sin(2 * np.pi * 220 * t) + 0.2 * np.sin(2 * np.pi * (300 + 900 * t) * t)
    other = 0.3 * np.sin(2 * np.pi * 1234 * t) * np.exp(-3 * t) + 0.1
    return np.stack([one, other], 1)[:, :channels]


# As many bits as there are; 24 by hand, since SciPy writes none.
mono, stereo = sound(8000, 0.08, 1), sound(8000, 0.08, 2)
wavfile.write("pcm8.wav", 8000, np.round(stereo * 127 + 128).astype(np.uint8))
wavfile.write("pcm16.wav", 8000, np.round(stereo * 32767).astype(np.int16))
wavfile.write("pcm32.wav", 8000, np.round(mono * (2**31 - 1)).astype(np.int32))
wavfile.write("float32.wav", 8000, stereo.astype(np.float32))
whole = np.round(mono[:, 0] * (2**23 - 1)).astype(np.int32)
data = b"".join(struct.pack("<i", v)[:3] for v in whole)
guid = bytes.fromhex("0000000010008000" "00aa00389b71")
fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8000, 24000, 3, 24, 22, 24, 4) + struct.pack("<H", 1) + guid
body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"LIST" + struct.pack("<I", 3) + b"odd\0"
body += b"data" + struct.pack("<I", len(data)) + data
open("pcm24.wav", "wb").write(b"RIFF" + struct.pack("<I", len(body)) + body)
for name in ["pcm8", "pcm16", "pcm32", "pcm24", "float32"]:
    rate, x = wavfile.read(name + ".wav")
    x = x.astype(np.float64)
    x = {"pcm8": (x - 128) / 128, "pcm16": x / 2**15, "pcm32": x / 2**31, "pcm24": x / 2**31, "float32": x}[name]
    np.save(name + "_wav.npy", x.reshape(len(x), -1).mean(1).astype(np.float32))

# A quarter of a second under extractors that are small and odd, and one of Whisper's sizes, of
# which the first 40 frames are kept.
listened = np.load("pcm32_wav.npy")
heard = Wav2Vec2FeatureExtractor(sampling_rate=8000, do_normalize=True)
np.save("waveform.npy", heard(listened, sampling_rate=8000, return_tensors="np").input_values)
small = WhisperFeatureExtractor(feature_size=20, sampling_rate=16000, n_fft=200, hop_length=80, chunk_length=1)
speech = sound(16000, 0.25, 1)[:, 0].astype(np.float32)
wavfile.write("speech.wav", 16000, np.round(speech * 32767).astype(np.int16))
speech = (wavfile.read("speech.wav")[1] / 2**15).astype(np.float32)
np.save("mel_small.npy", small(speech, sampling_rate=16000, return_tensors="np").input_features[0].astype(np.float32))
large = WhisperFeatureExtractor(feature_size=80)
np.save("mel_whisper.npy", large(speech, sampling_rate=16000, return_tensors="np").input_features[0][:, :40])

# ASTFeatureExtractor itself wants PyTorch: what it calls where torchaudio is not installed, with its arguments.
filters = mel_filter_bank(257, 40, 20, 8000, 16000, norm=None, mel_scale="kaldi", triangularize_in_mel_space=True)
bank = spectrogram(
    speech, window_function(400, "hann", periodic=False), frame_length=400, hop_length=160, fft_length=512, power=2.0,
    center=False, preemphasis=0.97, mel_filters=filters, log_mel="log", mel_floor=1.192092955078125e-07,
    remove_dc_offset=True).T
bank = np.concatenate([bank, np.zeros((30 - len(bank), 40), np.float32)])
np.save("filter_bank.npy", ((bank - -4.2677393) / (4.5689974 * 2)).astype(np.float32))
