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

}  // namespace

std::string doubts_of(const FitSummary& fit) {
  std::vector<std::string> parts;
  if (!has_ended_well(fit.status)) parts.push_back(fit.status);
  if (fit.pareto_k > kLargestParetoK) parts.push_back("k̂ " + fixed(fit.pareto_k, 2));
  return join(parts, ", ");
}

std::string doubts_of(const std::vector<const FitSummary*>& fits) {
  if (fits.size() == 1) return doubts_of(*fits.front());
  std::map<std::string, std::size_t> statuses;
  double worst = 0;
  std::size_t heavy = 0;
  for (const FitSummary* fit : fits) {
    if (!has_ended_well(fit->status)) ++statuses[fit->status];
    if (!(fit->pareto_k > kLargestParetoK)) continue;
    ++heavy;
    worst = std::max(worst, fit->pareto_k);
  }
  std::vector<std::string> parts;
  for (const auto& [status, count] : statuses)
    parts.push_back(fmt::format("{}: {} of {} fits", status, count, fits.size()));
  if (heavy > 0)
    parts.push_back(fmt::format(
        "k̂ {}{}", fixed(worst, 2), heavy > 1 ? fmt::format(" at worst of {}", heavy) : ""));
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
