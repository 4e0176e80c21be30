// SPDX-License-Identifier: Apache-2.0
// preprocessor_config.json of networks that listen: those of wav2vec 2.0's family take the
// waveform, Whisper's and the audio spectrogram transformer's a spectrogram each of its own kind.
#include <nlohmann/json.hpp>

#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "framework/extraction/sound.h"

namespace insula::extraction {
namespace {

using nlohmann::json;

constexpr const char* kOfWaveforms = "Wav2Vec2FeatureExtractor";
constexpr const char* kOfSpectrograms = "WhisperFeatureExtractor";
constexpr const char* kOfBanks = "ASTFeatureExtractor";

class SoundFile {
 public:
  explicit SoundFile(const std::string& file)
      : file_(file), root_(json::parse(dataset::read_bytes(file), nullptr, false)) {}

  SoundPreparation read() const {
    if (!root_.is_object()) {
      fail("the file is no mapping in JSON, expected a preprocessor_config.json");
    }
    const std::string kind = kind_of();
    SoundPreparation result;
    result.rate = static_cast<double>(whole("sampling_rate", 16000, 1000, 384000));
    if (kind == kOfWaveforms) {
      if (whole("feature_size", 1, 1, 1000) != 1) fail("'feature_size' of waveforms must be 1");
      result.is_normalised = normalises();
      return result;
    }
    if (kind == kOfBanks) {
      result.bank = bank_of(result.rate);
      return result;
    }
    if (kind != kOfSpectrograms) {
      fail("'feature_extractor_type' is '" + kind + "', which is not known here", known());
    }
    LogMel mel;
    mel.bands = whole("feature_size", 80, 1, 1024);
    mel.window = whole("n_fft", 400, 16, 65536);
    mel.hop = whole("hop_length", 160, 1, 65536);
    const std::size_t seconds = whole("chunk_length", 30, 1, 3600);
    mel.samples = seconds * static_cast<std::size_t>(result.rate);
    mel.padding = static_cast<float>(number("padding_value"));
    if (mel.window % 2 != 0) fail("'n_fft' must be even");
    if (mel.samples <= mel.window / 2) fail("'n_fft' is longer than 'chunk_length'");
    if (number("dither") != 0) {
      fail("'dither' adds noise at random, which is not done here",
           "\"dither\": 0.0 leaves it out");
    }
    result.mel = mel;
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& note = {}) const {
    throw InputError(Place{file_, 0, 0, 0, ""}, why, note, ExitCode::data);
  }

  static std::string known() {
    return std::string("known are ") + kOfWaveforms + ", " + kOfSpectrograms + " and " + kOfBanks;
  }

  bool normalises() const {
    const json normalise = root_.value("do_normalize", json(true));
    if (!normalise.is_boolean()) fail("'do_normalize' must be true or false");
    return normalise.get<bool>();
  }

  FilterBank bank_of(double rate) const {
    if (rate != 16000) {
      fail("'sampling_rate' of " + std::string(kOfBanks) +
           " must be 16000: frames are 400 samples");
    }
    FilterBank bank;
    bank.bands = whole("num_mel_bins", 128, 1, 1024);
    bank.frames = whole("max_length", 1024, 1, 65536);
    if (!normalises()) return bank;
    bank.mean = root_.contains("mean") ? number("mean") : -4.2677393;  // of AudioSet
    bank.sd = root_.contains("std") ? number("std") : 4.5689974;
    if (!(bank.sd > 0)) fail("'std' must be positive");
    return bank;
  }

  // Older files do not say it.
  std::string kind_of() const {
    const json kind = root_.value("feature_extractor_type", json());
    if (kind.is_string()) return kind.get<std::string>();
    if (root_.contains("n_fft") && root_.contains("chunk_length")) return kOfSpectrograms;
    if (root_.contains("do_normalize") && root_.contains("sampling_rate")) return kOfWaveforms;
    fail("the file does not say how sounds are prepared: 'feature_extractor_type' is missing",
         known());
  }

  std::size_t whole(const char* key, std::size_t usual, std::size_t low, std::size_t high) const {
    const auto found = root_.find(key);
    if (found == root_.end() || found->is_null()) return usual;
    if (!found->is_number_unsigned() || *found < low || *found > high) {
      fail("'" + std::string(key) + "' must be a whole number from " + std::to_string(low) +
           " to " + std::to_string(high));
    }
    return found->get<std::size_t>();
  }

  double number(const char* key) const {
    const auto found = root_.find(key);
    if (found == root_.end() || found->is_null()) return 0;
    if (!found->is_number()) fail("'" + std::string(key) + "' must be a number");
    return found->get<double>();
  }

  const std::string& file_;
  json root_;
};

}  // namespace

SoundPreparation read_sound_preparation(const std::string& path) { return SoundFile(path).read(); }

}  // namespace insula::extraction
