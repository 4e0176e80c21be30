// SPDX-License-Identifier: Apache-2.0
// What each modality buys: a hypothesis fitted to every subset of its observations.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "framework/dataset/file.h"
#include "framework/experiment/detail/ablation.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "framework/report/html.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Names = std::vector<std::string>;

// A drives B; both are seen by BOLD, B by the pupil and by decisions.
constexpr const char* kModel = R"(insula: architecture/1
name: %
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}}
inputs: {dots: {drives: [A]}, alert: {drives: [B]}}
observations:
)";
constexpr const char* kBold = "  bold: {kind: bold, regions: [A, B]}\n";
constexpr const char* kPupil = "  pupil: {kind: pupil, regions: [B], channels: {B: diameter}}\n";
constexpr const char* kDecision =
    "  decision: {kind: ddm, drift: [B], bias: [], nondecision: [], "
    "window: {from: 0 s, to: 2 s}}\n";

std::string model(const std::string& name, const std::string& observations) {
  std::string text = kModel;
  return text.replace(text.find('%'), 1, name) + observations;
}

Experiment joint(const std::string& lines, const std::string& subjects = "1") {
  const dataset::Folder folder;
  folder.write("joint.yaml", model("joint", std::string(kBold) + kPupil + kDecision));
  folder.write("recipe.yaml", R"(insula: simulation/1
name: small
architecture: joint.yaml
seed: 11
subjects: )" + subjects + R"(
duration: 240 s
trials:
  every: 5 s
  start: 2 s
  jitter: 1 s
  columns: {coherence: {levels: [0.2, 0.6, 1]}}
inputs:
  dots: {each: trial, on: 2 s, amplitude: coherence}
  alert: {block: 20 s, pattern: [0, 1, 1, 0, 1]}
recordings:
  bold: {interval: 2 s, noise: {snr: 2}}
  pupil: {rate: 2 Hz, noise: {snr: 1}}
parameters:
  dots -> A.strength: 3 1/s
  alert -> B.strength: 1 1/s
  A -> B.strength: 0.4 1/s
  decision.drift.B: 6 1/s
)");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: small\ndataset: recipe.yaml\n"
               "hypotheses: [joint.yaml]\nbaselines: [mean]\nablation: joint\n"
               "inference: {pareto_draws: 0" +
                   std::string(subjects == "1" ? "" : ", subjects: pooled") +
                   "}\ncomparison: {bootstrap: 100}\nseed: 5\n" + lines);
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

Experiment in_folds() { return joint("validation: {split: blocks, folds: 2, gap: 10 s}\n"); }

const Names kSubsets{
    "bold", "pupil", "decision", "bold + pupil", "bold + decision", "pupil + decision"};

// Fitted once for all tests that only look at it.
const report::Results& results() {
  static const report::Results all = run(in_folds(), test::portable_kinds());
  return all;
}

// By what was fitted, scored, its channel and the metric.
using Key = std::tuple<std::string, std::string, std::string, std::string>;
std::map<Key, report::AblationRow> rows_without_added(const report::Results& all) {
  std::map<Key, report::AblationRow> rows;
  for (const report::AblationRow& r : all.ablation)
    if (r.added.empty()) rows[{r.fitted_to, r.scored, r.channel, r.metric}] = r;
  return rows;
}

TEST(Ablation, FitsEverySubsetToAllDataAndToEveryFold) {
  const Experiment e = in_folds();
  Names names;
  for (const Ablation& ablation : ablations_of(e)) {
    names.push_back(in_sum(ablation.fitted_to));
    EXPECT_EQ(name_of(e, ablation), "joint on " + names.back());
    EXPECT_EQ(ablation.fitted_to.size() + ablation.left_out.size(), 3U);
  }
  EXPECT_EQ(names, kSubsets);
  EXPECT_EQ(ablation_fits(e), 18U);
  std::size_t fits = 0;
  for (const report::ModelSummary& m : results().models)
    if (m.kind == "ablation") {
      EXPECT_EQ(m.fits.size(), 3U) << m.name;
      for (const report::FitSummary& fit : m.fits) {
        ++fits;
        EXPECT_EQ(fit.status, "converged") << m.name << ", " << fit.fold << ": " << fit.reason;
      }
    }
  EXPECT_EQ(fits, 18U);
}

TEST(Ablation, IsCountedByTheProgress) {
  Experiment e = in_folds();
  const auto asked_of = [&] {
    std::atomic<std::size_t> total = 0;
    RunOptions options;
    options.progress = [&](const Progress& p) { total = p.total; };
    options.stop = [&] { return total > 0; };
    run(e, test::portable_kinds(), options);
    return total.load();
  };
  EXPECT_EQ(asked_of(), 3U + 3U + 18U);  // the hypothesis, a baseline, the ablation
  e.ablated.clear();
  EXPECT_EQ(asked_of(), 6U);
}

TEST(Ablation, IsNoHypothesis) {
  const report::Results& all = results();
  ASSERT_EQ(all.comparison.size(), 2U);
  EXPECT_EQ(all.comparison[0].model, "joint");
  EXPECT_EQ(all.comparison[0].posterior_probability, 1);
  for (const report::Verdict& v : all.verdicts) EXPECT_EQ(v.model + " " + v.other, "joint mean");
  for (const report::PredictionBlock& b : all.predictions)
    EXPECT_TRUE(b.model == "joint" || b.model == "mean") << b.model;
  std::set<std::string> scored, estimated;
  for (const report::ScoreRow& r : all.scores)
    if (r.kind == "ablation") scored.insert(r.model);
  for (const report::ParameterRow& r : all.parameters) estimated.insert(r.model);
  EXPECT_EQ(scored.size(), 6U);
  EXPECT_EQ(estimated.size(), 7U);
}

// What a fit does not hold says neither its level nor its noise.
TEST(Ablation, ScoresUnseenRecordingsByCorrelationAloneAndUnseenTrialsByAll) {
  const auto rows = rows_without_added(results());
  const auto has =
      [&](const char* fit, const char* scored, const char* channel, const char* metric) {
        return rows.contains({fit, scored, channel, metric});
      };
  for (const char* metric : {"r", "r2", "log_density"}) {
    const bool is_r = std::string(metric) == "r";
    EXPECT_TRUE(has("bold", "bold", "mean", metric));
    EXPECT_TRUE(has("bold", "bold", "A", metric));
    EXPECT_EQ(has("pupil", "bold", "mean", metric), is_r);
    EXPECT_EQ(has("bold + decision", "pupil", "diameter", metric), is_r);
    EXPECT_TRUE(has("bold", "decision", "choice", metric));
    EXPECT_EQ(has("bold", "decision", "response time", metric),
              std::string(metric) != "log_density");
  }
  for (const report::ScoreRow& r : results().scores)
    if (r.model == "joint on pupil" && r.modality == "bold") {
      EXPECT_EQ(r.metric, "r");
    }
}

TEST(Ablation, AgreesWithTheScoresOfTheHypothesisAndGainsAreTheirDifferences) {
  const auto rows = rows_without_added(results());
  std::size_t compared = 0, gains = 0;
  for (const report::ScoreRow& r : results().scores) {
    if (r.model != "joint" || r.fold != "all" || r.channel == "mean") continue;
    for (const auto& [key, row] : rows)
      if (row.model == "joint" && row.channel == r.channel && row.metric == r.metric) {
        ++compared;
        EXPECT_EQ(row.fitted_to, "bold + pupil + decision");
        EXPECT_EQ(row.value, r.value);
        EXPECT_EQ(row.low, r.low);
        EXPECT_EQ(row.high, r.high);
      }
  }
  EXPECT_EQ(compared, 3U * 4 + 2);  // three recorded channels and choices; times have no density
  std::set<std::string> asked;
  for (const report::AblationRow& gain : results().ablation) {
    if (gain.added.empty()) continue;
    ++gains;
    asked.insert(gain.added + " to " + gain.fitted_to);
    const auto before = rows.at({gain.fitted_to, gain.scored, gain.channel, gain.metric});
    const auto after = std::ranges::find_if(results().ablation, [&](const auto& row) {
      return row.model == gain.model && row.added.empty() && row.scored == gain.scored &&
             row.channel == gain.channel && row.metric == gain.metric;
    });
    ASSERT_NE(after, results().ablation.end());
    EXPECT_CLOSE(gain.value,
                 after->value - before.value,
                 Tolerance::because(1e-12, "a mean of differences and a difference of means"));
    if (std::isfinite(gain.low)) {
      EXPECT_LE(gain.low, gain.high);
    }
  }
  EXPECT_EQ(asked.size(), 9U);
  EXPECT_TRUE(asked.contains("pupil to bold + decision"));
  EXPECT_GT(gains, 9U * 3);
}

// 5 %: the posterior is taken where its maximum is, and that moves as data are added. Without BOLD
// it moves far, as the size of an activity is traded for the gain with which the pupil shows it.
TEST(Ablation, EveryObservationSharpensWhatAllShare) {
  const auto rows = rows_without_added(results());
  std::map<std::string, double> log_ratio;  // Σ ln(sd of the whole / of the subset)
  std::size_t compared = 0, sharper = 0;
  for (const auto& [key, full] : rows) {
    if (full.model != "joint" || full.metric != "posterior_sd") continue;
    for (const std::string& subset : kSubsets) {
      const double sd = rows.at({subset, full.scored, "", "posterior_sd"}).value;
      EXPECT_LE(full.value, (subset.starts_with("bold") ? 1.05 : 1.15) * sd)
          << full.scored << " on " << subset;
      log_ratio[subset] += std::log(full.value / sd);
      ++compared;
      sharper += full.value < 0.95 * sd ? 1 : 0;
    }
  }
  EXPECT_EQ(compared, 5U * 6);  // two self-inhibitions, a projection and two inputs
  EXPECT_GT(sharper, 10U);
  for (const char* single : {"bold", "pupil", "decision"}) EXPECT_LT(log_ratio.at(single), 0);
}

// The largest difference of predictions of what both have, at one θ.
template <class Where>
double predicted_apart(const FitProblem& some,
                       const FitProblem& one,
                       Where where,
                       const Eigen::VectorXd& theta) {
  Eigen::VectorXd of_some = some.problem.prior_mean;
  for (Eigen::Index i = 0; i < theta.size(); ++i) of_some[where(i)] = theta[i];
  const auto a = some.problem.evaluate(of_some, false), b = one.problem.evaluate(theta, false);
  double apart = 0;
  for (std::size_t c = 0; c < one.problem.channels.size(); ++c)
    for (std::size_t k = 0; k < some.problem.channels.size(); ++k)
      if (some.problem.channels[k].name == one.problem.channels[c].name &&
          some.problem.channels[k].recording == one.problem.channels[c].recording)
        apart = std::max(apart, (a.prediction[k] - b.prediction[c]).cwiseAbs().maxCoeff());
  return apart;
}

// What the other observations have parameters for is independent of everything then.
TEST(Ablation, OfOneObservationIsTheHypothesisWithThatObservation) {
  const Experiment e = joint("validation: none\n");
  const architecture::Architecture& whole = e.hypotheses[0].architecture;
  const std::map<std::string, const char*> entries{
      {"bold", kBold}, {"pupil", kPupil}, {"decision", kDecision}};
  inference::Options options;
  options.tolerance = 1e-12;
  for (const Ablation& ablation : ablations_of(e)) {
    if (ablation.fitted_to.size() > 1) continue;
    const std::string& name = ablation.fitted_to.front();
    const auto alone =
        architecture::parse(model("alone", entries.at(name)), "alone.yaml", test::portable_kinds());
    const auto some = assemble(whole, e.dataset.subjects[0], {nullptr, 0, ablation.left_out}, {});
    const auto one = assemble(alone, e.dataset.subjects[0], {}, {});
    const inference::Fit of_some = inference::variational_laplace(some->problem, options),
                         of_one = inference::variational_laplace(one->problem, options);
    const auto where = [&](Eigen::Index i) {
      const std::string& parameter = one->problem.parameter[static_cast<std::size_t>(i)];
      return std::ranges::find(some->problem.parameter, parameter) -
             some->problem.parameter.begin();
    };
    // The integrator chooses its steps over all states, those of unused observations with them, and
    // the pupil's gain of 40 shows its errors.
    const bool is_pupil = name == "pupil";
    EXPECT_LT(predicted_apart(*some, *one, where, of_one.mean), is_pupil ? 1e-4 : 1e-5) << name;
    const auto settled = [&](Eigen::Index i, Eigen::Index j) {
      const double sds = std::sqrt(of_one.covariance(i, i) * of_one.covariance(j, j));
      return is_pupil ? Tolerance::because(1e-4 * std::max(1.0, sds), "the integrator's own error")
                      : Tolerance::because(1e-6, "a promise of 1e-12 nats is 1.4e-6 sds");
    };
    for (Eigen::Index i = 0; i < of_one.mean.size(); ++i) {
      ASSERT_LT(where(i), of_some.mean.size());
      EXPECT_CLOSE(of_some.mean[where(i)], of_one.mean[i], settled(i, i)) << name;
      for (Eigen::Index j = 0; j <= i; ++j)
        EXPECT_CLOSE(of_some.covariance(where(i), where(j)), of_one.covariance(i, j), settled(i, j))
            << name;
    }
    EXPECT_CLOSE(of_some.free_energy.total(),
                 of_one.free_energy.total(),
                 Tolerance::because(is_pupil ? 1e-3 : 1e-6, "the same"))
        << name;
  }
}

// Everything that was fitted by models that do not hold the observation, and their scores of
// others.
std::string untouched(const report::Results& all, const Experiment& e, const std::string& spoilt) {
  std::ostringstream text;
  text.precision(17);
  for (const Ablation& ablation : ablations_of(e)) {
    if (std::ranges::find(ablation.fitted_to, spoilt) != ablation.fitted_to.end()) continue;
    const std::string name = name_of(e, ablation);
    for (const report::ModelSummary& m : all.models)
      for (const report::FitSummary& f : m.fits) {
        if (m.name != name) continue;
        text << name << ' ' << f.fold << ' ' << f.status << ' ' << f.iterations << ' '
             << f.free_energy << ' ' << f.gradient_norm;
        for (const auto& [channel, sd] : f.noise) text << ' ' << channel << ' ' << sd;
        text << '\n';
      }
    for (const report::ParameterRow& p : all.parameters)
      if (p.model == name)
        text << p.parameter << ' ' << p.posterior_mean << ' ' << p.posterior_sd << '\n';
    for (const report::AblationRow& r : all.ablation)
      if (r.model == name && r.added.empty() && r.scored != spoilt)
        text << r.scored << ' ' << r.channel << ' ' << r.metric << ' ' << r.value << ' ' << r.low
             << ' ' << r.high << '\n';
  }
  return text.str();
}

Experiment spoilt(Experiment e, const std::string& observation) {
  dataset::Run& run = e.dataset.subjects[0].runs[0];
  for (dataset::Recording& r : run.recordings)
    if (r.name == observation) {
      r.samples = (r.samples.array() * 37 + 1e4).eval();
      r.samples(7, 0) = std::nan("");
    }
  if (observation != "decision") return e;
  dataset::Trials& trials = run.trials.front();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    trials.response[i] = static_cast<int>(i % 2);
    trials.response_time[i] = 0.4 + 0.01 * static_cast<double>(i);
  }
  return e;
}

TEST(Ablation, NoBitOfAFitDependsOnWhatItDoesNotHold) {
  const Experiment e = in_folds();
  for (const std::string observation : {"bold", "pupil", "decision"}) {
    const report::Results other = run(spoilt(e, observation), test::portable_kinds());
    const std::string before = untouched(results(), e, observation);
    EXPECT_GT(before.size(), 1000U);
    EXPECT_EQ(before, untouched(other, e, observation)) << observation;
    // The test can fail: the other fits hold the observation.
    const std::string kept = observation == "bold" ? "pupil" : "bold";
    EXPECT_NE(untouched(results(), e, kept), untouched(other, e, kept)) << observation;
  }
}

std::map<std::string, std::string> files_of_run(int threads) {
  set_threads(threads);
  const dataset::Folder folder;
  report::write(run(in_folds(), test::portable_kinds()), folder.path("out"));
  report::write_html(folder.path("out"));
  std::map<std::string, std::string> bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("out")))
    bytes[entry.path().filename().string()] = dataset::read_bytes(entry.path().string());
  return bytes;
}

TEST(Ablation, GivesTheSameBytesAtOneAndFourThreads) {
  const auto one = files_of_run(1), four = files_of_run(4);
  set_threads(0);
  EXPECT_TRUE(one.contains("ablation.tsv"));
  ASSERT_EQ(one.size(), four.size());
  for (const auto& [name, bytes] : one) EXPECT_TRUE(four.at(name) == bytes) << name << " differs";
}

TEST(Ablation, OfPooledSubjectsIsOneFitASubset) {
  const Experiment e = joint("validation: none\n", "2");
  EXPECT_EQ(ablation_fits(e), 6U);
  const report::Results all = run(e, test::portable_kinds());
  std::map<std::string, double> sd;  // of the parameters, by model and name
  for (const report::ParameterRow& p : all.parameters)
    sd[p.model + "/" + p.parameter] = p.posterior_sd;
  std::size_t compared = 0;
  for (const report::AblationRow& row : all.ablation) {
    EXPECT_EQ(row.metric, "posterior_sd");  // nothing is held out
    EXPECT_EQ(row.value, sd.at(row.model + "/" + row.scored));
    ++compared;
  }
  EXPECT_EQ(compared, 7U * 5);
}

TEST(Ablation, IsAskedForByNameOrNames) {
  Experiment e = in_folds();
  EXPECT_EQ(e.ablated, Names{"joint"});
  e.ablated.clear();
  EXPECT_EQ(ablation_fits(e), 0U);
  EXPECT_TRUE(ablations_of(e).empty());
}

}  // namespace
}  // namespace insula::experiment
