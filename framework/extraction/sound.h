// SPDX-License-Identifier: Apache-2.0
// Sounds as a network listens to them: the waveform, or its spectrogram on a logarithmic mel scale.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insula::extraction {

/// One channel, 1 is full scale.
struct Sound {
  double rate = 0;  // Hz
  std::vector<float> samples;
};

/// A WAV file: 8, 16, 24 or 32 bit whole numbers, or 32 or 64 bit real ones. Of several channels
/// their mean.
/// errors  InputError (data), which names the file as `shown_as`, also for MP3, FLAC and Ogg
/// source  IBM & Microsoft 1991, Multimedia Programming Interface 1.0, ch. 3; Microsoft 2001,
///         Multiple channel audio data and WAVE files (WAVE_FORMAT_EXTENSIBLE)
Sound decode_wav(std::string_view bytes, const std::string& shown_as);

/// The sound at another rate: convolved with a sinc in a Kaiser window, 64 lobes to each side,
/// whose stop band begins at half the lower of the two rates; before and after it is silence.
///
/// domain  rate > 0, whole numbers of Hz
/// exact   tones below 0.9 of half the lower rate to 1e-4, those above half of it are less than
/// 1e-4 source  Kaiser 1974, IEEE Int. Symp. Circuits Syst. 20; Smith & Gossett 1984, ICASSP 2:112
Sound resampled(const Sound& sound, double rate);

/// Of transformers' WhisperFeatureExtractor.
struct LogMel {
  std::size_t bands = 80;               // feature_size
  std::size_t window = 400, hop = 160;  // samples: n_fft, hop_length
  std::size_t samples = 480000;         // what is shorter is filled up, what is longer cut
  float padding = 0;
};

/// Of transformers' ASTFeatureExtractor.
struct FilterBank {
  std::size_t bands = 128, frames = 1024;  // num_mel_bins, max_length
  double mean = 0, sd = 0.5;               // of what comes out: (x − mean)/(2·sd)
};

/// What a preprocessor_config.json of Hugging Face says of sounds.
struct SoundPreparation {
  double rate = 16000;             // Hz
  bool is_normalised = false;      // to mean 0 and variance 1
  std::optional<LogMel> mel = {};  // without either: the waveform
  std::optional<FilterBank> bank = {};
};

/// errors  InputError: no_input if the file cannot be read, data if it says what is not known here
SoundPreparation read_sound_preparation(const std::string& path);

/// The logarithm of a mel spectrogram: power in triangular bands of equal area over Slaney's mel
/// scale from 0 to 8 kHz, of frames under a Hann window, one a hop, the first in the middle of the
/// first sample's window; not less than 8 below its largest, then (x + 4)/4.
///
/// shape   → bands × frames, the last index fastest; frames = samples / hop
/// source  Radford et al. 2023, ICML 202:28492; huggingface/transformers 5.24,
///         feature_extraction_whisper.py
std::vector<float> log_mel(const Sound& sound, const LogMel& mel);

/// Kaldi's filter bank: the logarithm of power in triangles over its mel scale from 20 Hz to half
/// the rate, of frames of 400 samples each 160, less their mean, with what is high raised (0.97)
/// and under a Hann window; filled up with zeros, or cut, to the bank's frames.
///
/// shape   → frames × bands, the last index fastest
/// domain  at least 400 samples
/// source  Gong, Chung & Glass 2021, Interspeech, 571; huggingface/transformers 5.24,
///         feature_extraction_audio_spectrogram_transformer.py
std::vector<float> filter_bank(const Sound& sound, const FilterBank& bank);
inline constexpr std::size_t kBankWindow = 400, kBankHop = 160;  // samples

/// The sound as numbers, at the preparation's rate.
struct PreparedSound {
  std::vector<std::size_t> shape;  // samples; or bands, frames; or, of a bank, frames, bands
  std::vector<float> numbers;
  bool is_cut = false;  // it was longer than the spectrogram
};
/// errors  InputError (data) if it is too short for a frame of a bank
PreparedSound prepared(const Sound& sound, const SoundPreparation& preparation);

}  // namespace insula::extraction
