// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/sound.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "framework/base/error.h"

namespace insula::extraction {
namespace {

// 90 dB: Kaiser's β = 0.1102 (A − 8.7), and half the width of what lies between pass band and stop
// band, (A − 7.95)/(14.36 · 2 · lobes) of the cut-off.
constexpr double kDecibels = 90, kLobes = 64;
const double kBeta = 0.1102 * (kDecibels - 8.7);
const double kHalfTransition = (kDecibels - 7.95) / (14.36 * 2 * kLobes);

// Modified Bessel function of the first kind and order 0.
double bessel_i0(double x) {
  double term = 1, sum = 1;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= x * x / (4.0 * k * k);
    sum += term;
  }
  return sum;
}

double windowed_sinc(double x) {  // in zeros of the sinc
  if (std::abs(x) >= kLobes) return 0;
  const double angle = std::numbers::pi * x, share = x / kLobes;
  const double sinc = std::abs(angle) < 1e-8 ? 1 : std::sin(angle) / angle;
  return sinc * bessel_i0(kBeta * std::sqrt(1 - share * share)) / bessel_i0(kBeta);
}

// What one new sample is made of: weights from `first` on, relative to the old sample at or before
// it.
struct SoundPhase {
  std::ptrdiff_t first = 0;
  std::vector<double> weight;
};

SoundPhase phase_of(double fraction, double zeros) {  // of the sinc for an old sample
  const double reach = kLobes / zeros;
  SoundPhase phase;
  phase.first = static_cast<std::ptrdiff_t>(std::ceil(fraction - reach));
  const auto last = static_cast<std::ptrdiff_t>(std::floor(fraction + reach));
  double sum = 0;
  for (std::ptrdiff_t k = phase.first; k <= last; ++k) {
    phase.weight.push_back(windowed_sinc(zeros * (static_cast<double>(k) - fraction)));
    sum += phase.weight.back();
  }
  for (double& weight : phase.weight) weight /= sum;  // a constant stays one
  return phase;
}

constexpr std::size_t kMostPhases = 4096;  // that are kept; others are computed where they are used

// As transformers: a vector less its mean, by the root of its variance and 10⁻⁷.
void normalise_sound(std::vector<float>& samples) {
  double sum = 0, squares = 0;
  for (const float x : samples) sum += static_cast<double>(x);
  const double n = static_cast<double>(samples.size()), mean = sum / n;
  for (const float x : samples) squares += std::pow(static_cast<double>(x) - mean, 2);
  const double sd = std::sqrt(squares / n + 1e-7);
  for (float& x : samples) x = static_cast<float>((static_cast<double>(x) - mean) / sd);
}

}  // namespace

Sound resampled(const Sound& sound, double rate) {
  if (sound.rate == rate) return sound;
  const auto from = std::llround(sound.rate), to = std::llround(rate);
  if (from <= 0 || to <= 0) throw InternalError("a sound has no rate");
  const auto common = std::gcd(from, to);
  const auto step = static_cast<std::size_t>(from / common),
             phases = static_cast<std::size_t>(to / common);
  const double lower = std::min(1.0, static_cast<double>(to) / static_cast<double>(from));
  const double zeros = lower / (1 + kHalfTransition);
  std::vector<SoundPhase> kept;
  const auto phase_at = [&](std::size_t p) {
    return phase_of(static_cast<double>(p) / static_cast<double>(phases), zeros);
  };
  for (std::size_t p = 0; phases <= kMostPhases && p < phases; ++p) kept.push_back(phase_at(p));
  const auto count = static_cast<std::ptrdiff_t>(sound.samples.size());
  const std::size_t result = (sound.samples.size() * phases + step - 1) / step;
  Sound taken{rate, std::vector<float>(result)};
  SoundPhase one;
  for (std::size_t i = 0; i < result; ++i) {
    const std::size_t place = i * step;  // in phases of an old sample
    if (kept.empty()) one = phase_at(place % phases);
    const SoundPhase& phase = kept.empty() ? one : kept[place % phases];
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(place / phases) + phase.first;
    const std::ptrdiff_t low = std::max<std::ptrdiff_t>(first, 0),
                         end = std::min(first + static_cast<std::ptrdiff_t>(phase.weight.size()),
                                        count);
    double sum = 0;
    for (std::ptrdiff_t k = low; k < end; ++k) {
      sum += phase.weight[static_cast<std::size_t>(k - first)] *
             static_cast<double>(sound.samples[static_cast<std::size_t>(k)]);
    }
    taken.samples[i] = static_cast<float>(sum);
  }
  return taken;
}

PreparedSound prepared(const Sound& sound, const SoundPreparation& preparation) {
  Sound taken = resampled(sound, preparation.rate);
  if (preparation.is_normalised) normalise_sound(taken.samples);
  if (preparation.bank) {
    if (taken.samples.size() < kBankWindow) {
      throw InputError({},
                       "the sound has " + std::to_string(taken.samples.size()) +
                           " samples, fewer than the " + std::to_string(kBankWindow) +
                           " of a frame",
                       "",
                       ExitCode::data);
    }
    const FilterBank& bank = *preparation.bank;
    const std::size_t frames = 1 + (taken.samples.size() - kBankWindow) / kBankHop;
    return {{bank.frames, bank.bands}, filter_bank(taken, bank), frames > bank.frames};
  }
  if (!preparation.mel) return {{taken.samples.size()}, std::move(taken.samples), false};
  const LogMel& mel = *preparation.mel;
  const bool is_cut = taken.samples.size() > mel.samples;
  taken.samples.resize(mel.samples, mel.padding);
  return {{mel.bands, mel.samples / mel.hop}, log_mel(taken, mel), is_cut};
}

}  // namespace insula::extraction
