// SPDX-License-Identifier: Apache-2.0
#include "framework/report/doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/text.h"
#include "framework/report/detail/markup.h"

namespace insula::report {
namespace {

// source  Vehtari et al. 2024, J. Mach. Learn. Res. 25(72), sec. 3.2.4
constexpr double kLargestParetoK = 0.7;

bool has_ended_well(const std::string& status) {
  return status.empty() || status == "converged" || status == "fitted";
}

// Importance sampling was tried, but its weights are too uneven: the posterior is the normal one.
constexpr const char* kNotSampled = "posterior not sampled";
bool is_not_sampled(const FitSummary& fit) {
  return std::isfinite(fit.draws) && !std::isfinite(fit.log_evidence);
}

}  // namespace

std::string doubts_of(const FitSummary& fit) {
  std::vector<std::string> parts;
  if (!has_ended_well(fit.status)) parts.push_back(fit.status);
  if (fit.pareto_k > kLargestParetoK) parts.push_back("k̂ " + fixed(fit.pareto_k, 2));
  if (is_not_sampled(fit)) parts.push_back(kNotSampled);
  return join(parts, ", ");
}

std::string doubts_of(const std::vector<const FitSummary*>& fits) {
  if (fits.size() == 1) return doubts_of(*fits.front());
  std::map<std::string, std::size_t> counts;
  double worst = 0;
  std::size_t heavy = 0;
  for (const FitSummary* fit : fits) {
    if (!has_ended_well(fit->status)) ++counts[fit->status];
    if (is_not_sampled(*fit)) ++counts[kNotSampled];
    if (!(fit->pareto_k > kLargestParetoK)) continue;
    ++heavy;
    worst = std::max(worst, fit->pareto_k);
  }
  std::vector<std::string> parts;
  for (const auto& [what, count] : counts)
    parts.push_back(fmt::format("{}: {} of {} fits", what, count, fits.size()));
  if (heavy > 0)
    parts.push_back(fmt::format("k̂ {}{}, {} of {} fits",
                                fixed(worst, 2),
                                heavy > 1 ? " at worst" : "",
                                heavy,
                                fits.size()));
  return join(parts, "; ");
}

std::string doubts_of(const Results& results, const std::string& model) {
  std::vector<const FitSummary*> fits;
  for (const ModelSummary& candidate : results.models)
    if (candidate.name == model)
      for (const FitSummary& fit : candidate.fits) fits.push_back(&fit);
  return doubts_of(fits);
}

}  // namespace insula::report
