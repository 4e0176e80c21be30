// SPDX-License-Identifier: Apache-2.0
// Mel spectrograms. Eigen's FFT is that of kissfft.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <unsupported/Eigen/FFT>

#include "framework/extraction/sound.h"

namespace insula::extraction {
namespace {

constexpr double kHighestFrequency = 8000;  // Hz, of the mel bands
constexpr double kFloor = 1e-10;            // of power
constexpr float kRange = 8;                 // powers of ten below the largest

// source  Slaney 1998, Auditory Toolbox: linear up to 1 kHz, then 27 mel for a factor of 6.4
double mel_of(double hertz) {
  return hertz < 1000 ? 3 * hertz / 200 : 15 + std::log(hertz / 1000) * 27 / std::log(6.4);
}
double hertz_of(double mel) {
  return mel < 15 ? 200 * mel / 3 : 1000 * std::exp(std::log(6.4) / 27 * (mel - 15));
}

// Bands × frequencies: triangles from the middle of one band to the middle of the next but one.
Eigen::MatrixXd mel_filters(std::size_t bands, std::size_t frequencies, double rate) {
  std::vector<double> edge(bands + 2);
  const double top = mel_of(kHighestFrequency);
  for (std::size_t b = 0; b < edge.size(); ++b) {
    edge[b] = hertz_of(top * static_cast<double>(b) / static_cast<double>(bands + 1));
  }
  Eigen::MatrixXd filters(static_cast<Eigen::Index>(bands), static_cast<Eigen::Index>(frequencies));
  const double nyquist = std::floor(rate / 2);
  for (std::size_t b = 0; b < bands; ++b) {
    for (std::size_t f = 0; f < frequencies; ++f) {
      const double hertz = nyquist * static_cast<double>(f) / static_cast<double>(frequencies - 1);
      const double up = (hertz - edge[b]) / (edge[b + 1] - edge[b]),
                   down = (edge[b + 2] - hertz) / (edge[b + 2] - edge[b + 1]);
      filters(static_cast<Eigen::Index>(b), static_cast<Eigen::Index>(f)) =
          std::max(0.0, std::min(up, down)) * 2 / (edge[b + 2] - edge[b]);
    }
  }
  return filters;
}

// Beyond the ends the sound runs backwards, without repeating its last sample.
std::size_t reflected(std::ptrdiff_t at, std::size_t count) {
  const auto period = static_cast<std::ptrdiff_t>(2 * (count - 1));
  at = std::abs(at) % std::max<std::ptrdiff_t>(period, 1);
  return static_cast<std::size_t>(std::min(at, period - at));
}

// Kaldi's scale, on which its filters are triangles.
double kaldi_mel_of(double hertz) { return 1127 * std::log(1 + hertz / 700); }

Eigen::MatrixXd bank_filters(std::size_t bands, std::size_t frequencies, double rate) {
  const double low = kaldi_mel_of(20), high = kaldi_mel_of(std::floor(rate / 2));
  const double width = (high - low) / static_cast<double>(bands + 1);
  const double bin = rate / static_cast<double>(2 * (frequencies - 1));
  Eigen::MatrixXd filters(static_cast<Eigen::Index>(bands), static_cast<Eigen::Index>(frequencies));
  for (Eigen::Index b = 0; b < filters.rows(); ++b) {
    for (Eigen::Index f = 0; f < filters.cols(); ++f) {
      const double place = (kaldi_mel_of(bin * static_cast<double>(f)) - low) / width;
      const double from_middle = std::abs(place - static_cast<double>(b + 1));
      filters(b, f) = std::max(0.0, 1 - from_middle);
    }
  }
  return filters;
}

}  // namespace

std::vector<float> filter_bank(const Sound& sound, const FilterBank& bank) {
  constexpr std::size_t kSize = 512;
  constexpr double kRaised = 0.97, kBankFloor = 1.192092955078125e-07;
  const Eigen::MatrixXd filters = bank_filters(bank.bands, kSize / 2 + 1, sound.rate);
  const std::size_t known = 1 + (sound.samples.size() - kBankWindow) / kBankHop;
  const auto scaled = [&](double x) { return static_cast<float>((x - bank.mean) / (2 * bank.sd)); };
  std::vector<float> result(bank.frames * bank.bands, scaled(0));
  std::vector<double> frame(kSize, 0.0);
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<std::complex<double>> spectrum;
  Eigen::VectorXd power(filters.cols());
  for (std::size_t t = 0; t < std::min(known, bank.frames); ++t) {
    const float* samples = sound.samples.data() + t * kBankHop;
    double mean = 0;
    for (std::size_t i = 0; i < kBankWindow; ++i) mean += static_cast<double>(samples[i]);
    mean /= static_cast<double>(kBankWindow);
    for (std::size_t i = 0; i < kBankWindow; ++i) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(kBankWindow - 1);
      const double before = static_cast<double>(samples[i > 0 ? i - 1 : 0]) - mean;
      frame[i] = (0.5 - 0.5 * std::cos(angle)) *
                 (static_cast<double>(samples[i]) - mean - kRaised * before);
    }
    fft.fwd(spectrum, frame);
    for (Eigen::Index f = 0; f < power.size(); ++f) {
      power[f] = std::norm(spectrum[static_cast<std::size_t>(f)]);
    }
    const Eigen::VectorXd bands = filters * power;
    for (std::size_t b = 0; b < bank.bands; ++b) {
      const double value = std::log(std::max(kBankFloor, bands[static_cast<Eigen::Index>(b)]));
      result[t * bank.bands + b] = scaled(value);
    }
  }
  return result;
}

std::vector<float> log_mel(const Sound& sound, const LogMel& mel) {
  const std::size_t frames = sound.samples.size() / mel.hop, frequencies = mel.window / 2 + 1;
  const Eigen::MatrixXd filters = mel_filters(mel.bands, frequencies, sound.rate);
  std::vector<double> window(mel.window), frame(mel.window);
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(mel.window);
    window[i] = 0.5 - 0.5 * std::cos(angle);
  }
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<std::complex<double>> spectrum;
  Eigen::VectorXd power(static_cast<Eigen::Index>(frequencies));
  std::vector<float> result(mel.bands * frames);
  float largest = static_cast<float>(std::log10(kFloor));
  for (std::size_t t = 0; t < frames; ++t) {
    const std::ptrdiff_t begin =
        static_cast<std::ptrdiff_t>(t * mel.hop) - static_cast<std::ptrdiff_t>(mel.window / 2);
    for (std::size_t i = 0; i < frame.size(); ++i) {
      frame[i] = window[i] * static_cast<double>(sound.samples[reflected(
                                 begin + static_cast<std::ptrdiff_t>(i), sound.samples.size())]);
    }
    fft.fwd(spectrum, frame);
    for (std::size_t f = 0; f < frequencies; ++f) {
      power[static_cast<Eigen::Index>(f)] = std::norm(spectrum[f]);
    }
    const Eigen::VectorXd bands = filters * power;
    for (std::size_t b = 0; b < mel.bands; ++b) {
      const auto value =
          static_cast<float>(std::log10(std::max(kFloor, bands[static_cast<Eigen::Index>(b)])));
      result[b * frames + t] = value;
      largest = std::max(largest, value);
    }
  }
  for (float& value : result) value = (std::max(value, largest - kRange) + 4) / 4;
  return result;
}

}  // namespace insula::extraction
