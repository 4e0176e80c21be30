// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/words.h"

#include "framework/base/text.h"

namespace insula::architecture::detail {

std::string ends_text(const Architecture& architecture, const Projection& projection) {
  return architecture.regions[projection.source].name + " \u2192 " +
         architecture.regions[projection.target].name;
}

std::string arrow_text(const Architecture& architecture, const Projection& projection) {
  const std::string ends = ends_text(architecture, projection);
  return projection.ordinal == 1 ? ends : ends + " (" + std::to_string(projection.ordinal) + ")";
}

std::string window_text(const Window& w) {
  static constexpr const char* kTakes[] = {"the mean", "the integral", "the peak", "the value"};
  const std::string lock = w.lock == Window::Lock::onset ? " after onset" : " after the response";
  const std::string from = number_text(w.from) + " s", to = number_text(w.to) + " s";
  return kTakes[static_cast<int>(w.take)] +
         (w.take == Window::Take::value ? " " + from : " from " + from + " to " + to) + lock;
}

std::string stretch_text(const Architecture& architecture, const SignalStretch& s) {
  const std::string signal = to_text(architecture, s.signal);
  const std::string stretch = "from " + number_text(s.from) + " s to " + number_text(s.to) +
                              " s after " +
                              (s.lock == Window::Lock::onset ? "onset" : "the response");
  // Of trials alone nobody can say, without the dataset, whether they have onsets.
  if (architecture.observations.empty() && s == SignalStretch{s.signal})
    return signal + " in each trial, " + stretch + " where trials have one";
  return signal + " " + stretch;
}

std::string band_text(const Band& band) {
  const std::string random = std::to_string(band.random) + " random directions";
  std::string columns = std::to_string(band.columns);
  if (band.pca > 0)
    columns += " principal components" + (band.random > 0 ? " of " + random : "");
  else
    columns = band.random > 0 ? random : columns + " columns";
  if (band.resample > 0) columns += ", resampled every " + number_text(band.resample) + " s";
  if (band.delays != std::vector<double>{0}) {
    std::vector<std::string> delays;
    for (const double delay : band.delays) delays.push_back(number_text(delay) + " s");
    columns += ", at delays of " + join(delays, ", ");
  }
  return columns + ", weights of " +
         (band.scale ? "scale " + short_number(*band.scale) : "a scale that is learned");
}

std::string noise_text(NoiseModel noise) { return noise == NoiseModel::ar1 ? "ar1" : "white"; }

std::string drift_text(double cutoff) { return cutoff > 0 ? number_text(cutoff) + " s" : "none"; }

std::string loadings_text(const Observation& observation) {
  const auto channels = std::to_string(observation.channels.size()) + " channels";
  switch (observation.loadings.of) {
    case Loadings::Of::own: return "a channel each";
    case Loadings::Of::given: return channels + " through " + observation.loadings.file;
    case Loadings::Of::learned: break;
  }
  return channels + " with learned loadings";
}

std::vector<std::string> region_names(const Architecture& architecture,
                                      const std::vector<std::size_t>& regions) {
  std::vector<std::string> names;
  for (std::size_t region : regions) names.push_back(architecture.regions[region].name);
  return names;
}

}  // namespace insula::architecture::detail
