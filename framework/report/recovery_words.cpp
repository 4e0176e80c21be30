// SPDX-License-Identifier: Apache-2.0
#include "framework/report/recovery_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/report/detail/markup.h"

namespace insula::report {
namespace {

std::string count_text(double count, std::string_view noun) {
  return counted(static_cast<std::size_t>(count), noun);
}

std::size_t fits_with(const Results& results, auto&& is_meant) {
  return static_cast<std::size_t>(std::ranges::count_if(results.recovery_fits, is_meant));
}

// Fits that no number below is made of, and why.
std::string what_went_wrong(const Results& results) {
  const auto all = results.recovery_fits.size();
  const std::size_t diverged =
      fits_with(results, [](const RecoveryFitRow& row) { return row.status == "not simulated"; });
  const std::size_t undone =
      fits_with(results, [](const RecoveryFitRow& row) { return row.status == "not done"; });
  const std::size_t converged =
      fits_with(results, [](const RecoveryFitRow& row) { return row.status == "converged"; });
  const std::size_t doubtful = all - converged - diverged - undone;
  std::string text = fmt::format("Recovery: {} to simulated data", counted(all, "fit"));
  if (converged == all) return text + ", all converged.";
  std::vector<std::string> parts;
  if (diverged > 0)
    parts.push_back(
        fmt::format("{} to data that could not be simulated (parameters drawn from the "
                    "prior may make a model diverge)",
                    diverged));
  if (doubtful > 0) parts.push_back(fmt::format("{} did not converge", doubtful));
  if (undone > 0) parts.push_back(fmt::format("{} not done yet", undone));
  return text + "; left out of what follows: " + join(parts, ", ") + ".";
}

std::string who_is_found(const Results& results) {
  std::vector<std::string> best, kept;
  for (const ModelRecoveryRow& row : results.model_recovery) {
    if (row.truth != row.fitted) continue;
    const auto of_all = [&](double count) {
      return fmt::format("{} {} of {}", row.truth, std::isfinite(count) ? count : 0, row.n);
    };
    best.push_back(of_all(row.best));
    kept.push_back(of_all(row.kept));
    if (row.left_out > 0)
      best.back() += fmt::format(" ({} left out)", count_text(row.left_out, "data set"));
  }
  return "The hypothesis that made the data has most evidence in: " + join(best, ", ") +
         ". It is the simplest within 3 nats of the best, which decide nothing, in: " +
         join(kept, ", ") + ".";
}

// Of parameters whose data sets came from one source: how many, of whose ranks how many stray, and
// the share of truths inside 95 % intervals.
struct Covered {
  std::size_t parameters = 0, judged = 0, astray = 0;
  std::vector<double> rank_p;
  double covered = 0, of = 0;
};

Covered covered_of(const Results& results, const std::string& from) {
  Covered c;
  for (const RecoveryRow& row : results.recovery) {
    if (row.drawn_from != from || row.parameter == "all" || !(row.n > 0)) continue;
    ++c.parameters;
    c.covered += row.coverage * row.n;
    c.of += row.n;
    c.judged += std::isfinite(row.rank_p) ? 1 : 0;
    if (std::isfinite(row.rank_p)) c.rank_p.push_back(row.rank_p);
    c.astray += row.ranks_within ? 0 : 1;
  }
  return c;
}

// Of all parameters together 5 % is the chance that any strays (Bonferroni).
std::size_t astray_of_all(const Covered& c) {
  const double limit = 0.05 / static_cast<double>(c.judged);
  return static_cast<std::size_t>(
      std::ranges::count_if(c.rank_p, [&](double p) { return p < limit; }));
}

}  // namespace

std::vector<std::string> recovery_sentences(const Results& results) {
  std::vector<std::string> all;
  if (results.recovery_fits.empty()) return all;
  all.push_back(what_went_wrong(results));
  if (!results.model_recovery.empty()) all.push_back(who_is_found(results));
  for (const std::string from : {"posterior", "prior"}) {
    const Covered c = covered_of(results, from);
    if (c.of == 0) continue;
    std::string text =
        fmt::format("Of parameters drawn from the {}, {} % of 95 % intervals hold the truth ({})",
                    from,
                    fixed(100 * c.covered / c.of, 1),
                    counted(c.parameters, "parameter"));
    if (c.judged > 0)
      text += fmt::format(
          "; ranks of {} of {} lie within their 95 % bands, as those of about {} should, and of {} "
          "within bands for all of them together",
          c.judged - c.astray,
          c.judged,
          fixed(0.95 * static_cast<double>(c.judged), 0),
          c.judged - astray_of_all(c));
    all.push_back(text + ".");
  }
  return all;
}

}  // namespace insula::report
