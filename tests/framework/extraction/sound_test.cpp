// SPDX-License-Identifier: Apache-2.0
// Against SciPy and feature extractors of transformers (tests/reference/extraction).
#include "framework/extraction/sound.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/dataset/file.h"
#include "framework/dataset/npy.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::extraction {
namespace {

std::string sound_file(const std::string& name) {
  return std::string(INSULA_REFERENCE) + "/extraction/" + name;
}

Sound sound_of(const std::string& name) {
  return decode_wav(dataset::read_bytes(sound_file(name)), name);
}

Eigen::MatrixXd sound_numbers(const std::string& name) {
  return dataset::parse_npy(dataset::read_bytes(sound_file(name)), name);
}

TEST(Wav, IsReadAsSciPyReadsIt) {
  for (const char* name : {"pcm8", "pcm16", "pcm24", "pcm32", "float32"}) {
    const Sound sound = sound_of(std::string(name) + ".wav");
    const Eigen::MatrixXd expected = sound_numbers(std::string(name) + "_wav.npy");
    EXPECT_EQ(sound.rate, 8000);
    ASSERT_EQ(sound.samples.size(), static_cast<std::size_t>(expected.size())) << name;
    for (std::size_t i = 0; i < sound.samples.size(); ++i) {
      EXPECT_EQ(static_cast<double>(sound.samples[i]),
                expected.reshaped()[static_cast<Eigen::Index>(i)])
          << name << ' ' << i;
    }
  }
}

// A WAV file of one chunk 'fmt ' and one of 'data'.
std::string wav(int kind, int channels, int rate, int bits, const std::string& data) {
  std::string bytes = "RIFF????WAVEfmt ";
  const auto put = [&](int value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  };
  put(16, 4);
  put(kind, 2);
  put(channels, 2);
  put(rate, 4);
  put(rate * channels * bits / 8, 4);
  put(channels * bits / 8, 2);
  put(bits, 2);
  bytes += "data";
  put(static_cast<int>(data.size()), 4);
  return bytes + data;
}

std::string said_of_wav(const std::string& bytes) {
  try {
    decode_wav(bytes, "a.wav");
    return "";
  } catch (const InputError& error) {
    const Mistake& mistake = error.mistakes().at(0);
    return mistake.message + (mistake.note.empty() ? "" : " [" + mistake.note + "]");
  }
}

TEST(Wav, TellsWhatItCannotRead) {
  const std::string convert = " [`ffmpeg -i in.mp3 out.wav` makes a WAV file of most others]";
  EXPECT_EQ(said_of_wav("ID3\x04 and so on"), "the file is MP3, expected WAV" + convert);
  EXPECT_EQ(said_of_wav("fLaC and so on"), "the file is FLAC, expected WAV" + convert);
  EXPECT_EQ(said_of_wav("OggS and so on"), "the file is Ogg, expected WAV" + convert);
  EXPECT_EQ(said_of_wav("not a sound at all"),
            "the file is no WAV file: it does not begin with 'RIFF' and 'WAVE'" + convert);
  EXPECT_EQ(said_of_wav(wav(1, 1, 8000, 16, "")), "the file has no samples");
  EXPECT_EQ(said_of_wav(wav(2, 1, 8000, 4, "ab")),
            "the sound is written in format 2 with 4 bits a sample [known are whole numbers (1) of "
            "8, 16, 24 or 32 bits and real ones (3) of 32 or 64; `ffmpeg -i in.wav -c:a pcm_s16le "
            "out.wav` makes one]");
  EXPECT_EQ(said_of_wav(wav(1, 0, 8000, 16, "ab")), "the sound has 0 channels, expected 1 to 64");
  EXPECT_EQ(said_of_wav(wav(1, 1, 7, 16, "ab")),
            "the sound has 7 samples a second, expected 100 to 384000");
  EXPECT_EQ(said_of_wav(wav(1, 2, 8000, 16, "abcdef")),
            "the chunk 'data' has 6 bytes, which is no multiple of the 4 of a sample");
  std::string nan(4, '\xff');
  EXPECT_EQ(said_of_wav(wav(3, 1, 8000, 32, nan)), "sample 0 (counted from 0) is not finite");
  std::string odd = wav(1, 1, 8000, 16, "abcd");
  odd[32] = 3;
  EXPECT_EQ(said_of_wav(odd),
            "the chunk 'fmt ' says that a sample of all channels has 3 bytes, expected 2");
  std::string hostile = wav(1, 1, 8000, 16, "abcd");
  hostile.replace(40, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(said_of_wav(hostile),
            "the chunk 'data' says that it has 4294967295 bytes, but the file ends after 4 [the "
            "file was cut short, or a stream was saved: `ffmpeg -i in.wav out.wav` mends it]");
  EXPECT_EQ(said_of_wav("RIFF????WAVEdata\x02" + std::string(3, '\0') + "ab"),
            "the file has no chunk 'fmt ' before its sound");
}

// Of every length, and with every byte changed, it is read or refused, and nothing is read beyond
// its end (the preset `sanitize` sees to that).
TEST(Wav, IsReadOrRefusedWhereverItIsDamaged) {
  const std::string whole = dataset::read_bytes(sound_file("pcm24.wav")).substr(0, 200);
  Stream random(1, "wav");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(said_of_wav(whole.substr(0, length)), "") << length;
  }
  const std::string good = wav(1, 2, 8000, 16, std::string(64, 'x'));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(value);
      said_of_wav(damaged);
    }
  }
}

Sound tone_of(double hertz, double rate, double seconds, double phase = 0) {
  Sound sound{rate, {}};
  for (int i = 0; i < rate * seconds; ++i) {
    sound.samples.push_back(
        static_cast<float>(std::cos(2 * std::numbers::pi * hertz * i / rate + phase)));
  }
  return sound;
}

// Against the same tone taken at the other rate, away from the ends, beyond which there is silence.
TEST(ResampledSound, KeepsTonesBelowTheNewLimit) {
  for (const auto& [from, to] : {std::pair(44100.0, 16000.0),
                                 {16000.0, 44100.0},
                                 {48000.0, 16000.0},
                                 {22050.0, 16000.0},
                                 {16001.0, 16000.0}}) {
    const double limit = std::min(from, to) / 2;
    for (const double hertz : {100.0, 0.5 * limit, 0.9 * limit}) {
      const Sound mine = resampled(tone_of(hertz, from, 0.2), to);
      const Sound expected = tone_of(hertz, to, 0.2);
      ASSERT_LE(expected.samples.size(), mine.samples.size());
      EXPECT_EQ(mine.rate, to);
      for (std::size_t i = expected.samples.size() / 4; i < expected.samples.size() * 3 / 4; ++i) {
        EXPECT_NEAR(mine.samples[i], expected.samples[i], 1e-4)
            << from << ' ' << to << ' ' << hertz;
      }
    }
  }
}

TEST(ResampledSound, LeavesNothingOfTonesAboveTheNewLimit) {
  for (const double hertz : {8001.0, 9000.0, 15900.0, 20000.0}) {
    const Sound mine = resampled(tone_of(hertz, 44100, 0.2, 0.3), 16000);
    for (std::size_t i = 800; i < 2400; ++i) EXPECT_NEAR(mine.samples[i], 0, 1e-4) << hertz;
  }
}

TEST(ResampledSound, HoldsItsLengthAndAConstant) {
  const Sound constant{44100, std::vector<float>(44100, 0.25F)};
  const Sound mine = resampled(constant, 16000);
  EXPECT_EQ(mine.samples.size(), 16000U);
  EXPECT_NEAR(mine.samples[8000], 0.25, 1e-7);
  EXPECT_EQ(resampled(constant, 44100).samples, constant.samples);
}

SoundPreparation sound_preparation(const std::string& text) {
  const dataset::Folder folder;
  folder.write("preprocessor_config.json", text);
  return read_sound_preparation(folder.path("preprocessor_config.json"));
}

constexpr const char* kWaveforms =
    R"({"feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": true,
 "feature_size": 1, "padding_value": 0.0, "return_attention_mask": false, "sampling_rate": 8000})";
constexpr const char* kSpectrograms =
    R"({"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 20, "n_fft": 200,
 "hop_length": 80, "chunk_length": 1, "sampling_rate": 16000, "padding_value": 0.0,
 "nb_max_frames": 200, "n_samples": 16000})";

void expect_near(const std::vector<float>& mine, const Eigen::MatrixXd& expected, double most) {
  ASSERT_EQ(mine.size(), static_cast<std::size_t>(expected.size()));
  for (Eigen::Index i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(
        mine[static_cast<std::size_t>(i)], expected(i / expected.cols(), i % expected.cols()), most)
        << i;
  }
}

TEST(SoundPreparation, GivesTheWaveformOfTransformers) {
  const PreparedSound mine = prepared(sound_of("pcm32.wav"), sound_preparation(kWaveforms));
  EXPECT_EQ(mine.shape, std::vector<std::size_t>{640});
  // NumPy adds and divides in single precision.
  expect_near(mine.numbers, sound_numbers("waveform.npy"), 1e-6);
}

TEST(SoundPreparation, GivesTheSpectrogramOfTransformers) {
  const PreparedSound mine = prepared(sound_of("speech.wav"), sound_preparation(kSpectrograms));
  EXPECT_EQ(mine.shape, (std::vector<std::size_t>{20, 200}));
  EXPECT_FALSE(mine.is_cut);
  // Their spectrum is rounded to single precision, and so are their logarithms.
  expect_near(mine.numbers, sound_numbers("mel_small.npy"), 1e-6);
}

TEST(SoundPreparation, GivesTheSpectrogramOfWhisper) {
  const SoundPreparation whisper =
      sound_preparation(R"({"n_fft": 400, "chunk_length": 30, "sampling_rate": 16000})");
  const PreparedSound mine = prepared(sound_of("speech.wav"), whisper);
  ASSERT_EQ(mine.shape, (std::vector<std::size_t>{80, 3000}));
  const Eigen::MatrixXd expected = sound_numbers("mel_whisper.npy");  // its first frames
  std::vector<float> first;
  for (std::size_t b = 0; b < 80; ++b)
    for (std::size_t t = 0; t < 40; ++t) first.push_back(mine.numbers[b * 3000 + t]);
  expect_near(first, expected, 1e-6);
}

TEST(SoundPreparation, GivesTheFilterBankOfTransformers) {
  const SoundPreparation bank = sound_preparation(
      R"({"feature_extractor_type": "ASTFeatureExtractor", "max_length": 30, "num_mel_bins": 40})");
  const PreparedSound mine = prepared(sound_of("speech.wav"), bank);
  ASSERT_EQ(mine.shape, (std::vector<std::size_t>{30, 40}));
  EXPECT_FALSE(mine.is_cut);
  // Their spectrum is rounded to single precision; where a band has next to nothing, that shows.
  expect_near(mine.numbers, sound_numbers("filter_bank.npy"), 1e-6);
  EXPECT_THROW(prepared(tone_of(440, 16000, 0.02), bank), InputError);
  EXPECT_TRUE(prepared(tone_of(440, 16000, 1), bank).is_cut);
}

TEST(SoundPreparation, CutsWhatIsLongerThanASpectrogram) {
  const PreparedSound mine = prepared(tone_of(440, 16000, 1.5), sound_preparation(kSpectrograms));
  EXPECT_TRUE(mine.is_cut);
  EXPECT_EQ(mine.numbers,
            prepared(tone_of(440, 16000, 1), sound_preparation(kSpectrograms)).numbers);
}

std::string said_of_sounds(const std::string& text) {
  try {
    sound_preparation(text);
    return "";
  } catch (const InputError& error) {
    const Mistake& mistake = error.mistakes().at(0);
    return mistake.message + (mistake.note.empty() ? "" : " [" + mistake.note + "]");
  }
}

TEST(SoundPreparation, RefusesWhatItDoesNotKnow) {
  const std::string known =
      " [known are Wav2Vec2FeatureExtractor, WhisperFeatureExtractor and ASTFeatureExtractor]";
  EXPECT_EQ(said_of_sounds("[]"),
            "the file is no mapping in JSON, expected a preprocessor_config.json");
  EXPECT_EQ(said_of_sounds(R"({"feature_extractor_type": "ClapFeatureExtractor"})"),
            "'feature_extractor_type' is 'ClapFeatureExtractor', which is not known here" + known);
  EXPECT_EQ(
      said_of_sounds(R"({"do_resize": true})"),
      "the file does not say how sounds are prepared: 'feature_extractor_type' is missing" + known);
  const std::string whisper = R"({"feature_extractor_type": "WhisperFeatureExtractor", )";
  EXPECT_EQ(said_of_sounds(whisper + R"("n_fft": 401})"), "'n_fft' must be even");
  EXPECT_EQ(said_of_sounds(whisper + R"("hop_length": 0})"),
            "'hop_length' must be a whole number from 1 to 65536");
  EXPECT_EQ(
      said_of_sounds(whisper + R"("dither": 0.1})"),
      "'dither' adds noise at random, which is not done here [\"dither\": 0.0 leaves it out]");
  EXPECT_EQ(
      said_of_sounds(R"({"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 8000})"),
      "'sampling_rate' of ASTFeatureExtractor must be 16000: frames are 400 samples");
  EXPECT_EQ(said_of_sounds(R"({"do_normalize": 1, "sampling_rate": 16000})"),
            "'do_normalize' must be true or false");
}

}  // namespace
}  // namespace insula::extraction
