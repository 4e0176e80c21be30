// SPDX-License-Identifier: Apache-2.0
// How often is a nonlinear hypothesis said to beat the best linear baseline where it should not be,
// and where it should?
//
// 200 datasets of 12 minutes of BOLD in which there is nothing to win: a linear truth, inputs that
// are not those which made the data, and autocorrelated noise alone, a third each. And 200 that a
// gate has made, at the demo's noise. Each is fitted and cross-validated as `insula run` does it,
// against every baseline; a win is its own sentence "beats", for which the 95 % interval of the
// difference of held-out r must be above 0. At most 5 % of the first may be won, at least 90 % of
// the second.
//
// argument  how many of each, default 200
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "benchmarks/dcm_problems.h"
#include "framework/base/random.h"
#include "framework/experiment/run.h"
#include "framework/numerics/blas.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"

namespace insula {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLinear = R"(insula: architecture/1
name: linear
regions: {V1: {kind: neuronal}, V5: {kind: neuronal}, SPC: {kind: neuronal}}
projections:
  V1 -> V5: {kind: linear}
  V5 -> V1: {kind: linear}
  V5 -> SPC: {kind: linear}
  SPC -> V5: {kind: linear}
inputs: {photic: {drives: [V1]}, motion: {drives: [V5]}, attention: {drives: [SPC]}}
observations: {bold: {kind: bold, regions: [V1, V5, SPC]}}
)";

constexpr const char* kOfGated = R"(  photic -> V1.strength: 2 1/s
  attention -> SPC.strength: 2 1/s
  V1 -> V5.strength: 0.05 1/s
  V1 -> V5.modulation.motion: 0.3 1/s
  V1 -> V5.gating.SPC: 1.5 1/s
  V5 -> V1.strength: 0.05 1/s
  V5 -> SPC.strength: 0.1 1/s
  SPC -> V5.strength: 0.05 1/s
)";

constexpr const char* kOfLinear = R"(  photic -> V1.strength: 2 1/s
  motion -> V5.strength: 1 1/s
  attention -> SPC.strength: 2 1/s
  V1 -> V5.strength: 0.3 1/s
  V5 -> V1.strength: 0.05 1/s
  V5 -> SPC.strength: 0.1 1/s
  SPC -> V5.strength: 0.05 1/s
)";

enum class Truth { linear, other_inputs, noise, gated };
constexpr const char* kNames[] = {
    "linear truth", "inputs of another run", "noise alone", "gated truth"};

// 36 blocks of 20 s, each input on in half of them.
std::string pattern(Stream& random) {
  std::vector<int> on(36, 0);
  std::fill(on.begin(), on.begin() + 18, 1);
  for (std::size_t i = on.size() - 1; i > 0; --i) std::swap(on[i], on[random.below(i + 1)]);
  std::string text;
  for (const int x : on) text += (text.empty() ? "[" : ", ") + std::to_string(x);
  return text + "]";
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string recipe(Truth truth, std::uint64_t seed, std::uint64_t inputs) {
  Stream random(inputs, "patterns");
  std::string text = "insula: simulation/1\nname: calibration\nseed: " + std::to_string(seed) +
                     "\nduration: 12 min\narchitecture: " +
                     (truth == Truth::linear ? "linear.yaml" : "gated.yaml") + "\ninputs:\n";
  for (const char* name : {"photic", "motion", "attention"})
    text += std::string("  ") + name + ": {block: 20 s, pattern: " + pattern(random) + "}\n";
  const bool is_noise = truth == Truth::noise;
  text += std::string("recordings:\n  bold: {interval: 2 s, noise: ") +
          (is_noise ? "{sd: 0.5 %}, ar: 0.6" : "{snr: 2.5}, ar: 0.2") + "}\nparameters:\n";
  // Of noise alone nothing drives anything.
  return text + (truth == Truth::linear ? kOfLinear
                 : is_noise ? "  photic -> V1.strength: 0 1/s\n  attention -> SPC.strength: 0 1/s\n"
                            : kOfGated);
}

struct Outcome {
  bool wins = false, wins_family = false, converged = false;
};

Outcome outcome_of(Truth truth, int number, const fs::path& folder, const Catalogue& kinds) {
  const auto seed = static_cast<std::uint64_t>(number);
  write(folder / "recipe.yaml", recipe(truth, seed, seed));
  experiment::Experiment e = experiment::load((folder / "experiment.yaml").string(), kinds);
  if (truth == Truth::other_inputs) {
    write(folder / "recipe.yaml", recipe(truth, seed, seed + 1000000));
    const experiment::Experiment other =
        experiment::load((folder / "experiment.yaml").string(), kinds);
    e.dataset.subjects[0].runs[0].inputs = other.dataset.subjects[0].runs[0].inputs;
  }
  const report::Results results = experiment::run(e, kinds);
  Outcome outcome;
  outcome.converged = true;
  for (const report::FitSummary& fit : results.models[0].fits)
    outcome.converged = outcome.converged && fit.status == "converged";
  for (const report::Verdict& v : results.verdicts)
    if (v.model == "gated" && v.metric == "r" && v.channel == "mean") outcome.wins = v.low > 0;
  for (const report::TestRow& row : results.tests)
    if (row.p_family <= 0.05 && row.difference > 0) outcome.wins_family = true;
  return outcome;
}

// Wilson's interval of a share. source  Wilson 1927, J. Am. Stat. Assoc. 22:209
std::pair<double, double> interval_of(double share, double n) {
  const double z = 1.959964, z2 = z * z;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {centre - half, centre + half};
}

int main_of(int many) {
  const Catalogue kinds = catalogue();
  const fs::path folder =
      fs::temp_directory_path() / ("insula-calibration-" + std::to_string(many));
  fs::create_directories(folder);
  write(folder / "gated.yaml", benchmark::three_regions());
  write(folder / "linear.yaml", kLinear);
  write(folder / "experiment.yaml",
        "insula: experiment/1\nname: calibration\ndataset: recipe.yaml\nhypotheses: [gated.yaml]\n"
        "inference: {pareto_draws: 0}\nvalidation: {split: blocks, folds: 5}\nseed: 7\n");
  std::printf("%-22s %8s %6s %7s %16s %14s %13s\n",
              "datasets",
              "of them",
              "won",
              "share",
              "95 %",
              "any test won",
              "unconverged");
  int null_wins = 0, nulls = 0, gated_wins = 0;
  for (const Truth truth : {Truth::linear, Truth::other_inputs, Truth::noise, Truth::gated}) {
    const int n = truth == Truth::gated   ? many
                  : truth == Truth::noise ? many - 2 * (many / 3)
                                          : many / 3;
    int wins = 0, family = 0, unconverged = 0;
    for (int i = 0; i < n; ++i) {
      const Outcome outcome = outcome_of(truth, 1 + i, folder, kinds);
      wins += outcome.wins;
      family += outcome.wins_family;
      unconverged += !outcome.converged;
    }
    const double share = double(wins) / n;
    const auto [low, high] = interval_of(share, n);
    std::printf("%-22s %8d %6d %7.3f   %.3f to %.3f %14d %13d\n",
                kNames[int(truth)],
                n,
                wins,
                share,
                low,
                high,
                family,
                unconverged);
    std::fflush(stdout);
    if (truth == Truth::gated)
      gated_wins = wins;
    else
      null_wins += wins, nulls += n;
  }
  fs::remove_all(folder);
  const bool is_right = null_wins <= 0.05 * nulls && gated_wins >= 0.9 * many;
  std::printf(
      "\nnothing to win: %d of %d won (goal at most %d); gated: %d of %d (goal at least %d): %s\n",
      null_wins,
      nulls,
      int(0.05 * nulls),
      gated_wins,
      many,
      int(std::ceil(0.9 * many)),
      is_right ? "met" : "NOT MET");
  return is_right ? 0 : 1;
}

}  // namespace
}  // namespace insula

int main(int count, char** words) {
  insula::numerics::restart_with_fitting_core(words);
  return insula::main_of(count > 1 ? std::atoi(words[1]) : 200);
}
