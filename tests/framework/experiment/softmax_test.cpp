// SPDX-License-Identifier: Apache-2.0
// Choices among more than two options, from the table to the verdict.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

// Log odds of up and right against left: an intercept and a weight of the signal each.
struct Chooser {
  std::array<double, 2> intercept{0.5, -0.5}, signal{-1, 1.5};
};

void write_choices(const dataset::Folder& folder,
                   const std::vector<Chooser>& subjects,
                   int trials,
                   std::uint64_t seed) {
  std::ostringstream text;
  text.precision(17);
  text << "subject\tsignal\tnoise\tchoice\n";
  Stream stream(seed, "choices");
  for (std::size_t s = 0; s < subjects.size(); ++s)
    for (int i = 0; i < trials; ++i) {
      const Chooser& c = subjects[s];
      const double signal = stream.normal(), noise = stream.normal();
      const double up = std::exp(c.intercept[0] + c.signal[0] * signal);
      const double right = std::exp(c.intercept[1] + c.signal[1] * signal);
      const double at = stream.uniform() * (1 + up + right);
      text << "s" << s + 1 << '\t' << signal << '\t' << noise << '\t'
           << (at < 1        ? "left"
               : at < 1 + up ? "up"
                             : "right")
           << '\n';
    }
  folder.write("trials.tsv", text.str());
  folder.write("dataset.yaml", R"(insula: dataset/1
name: choices
subjects:
  file: trials.tsv
  by: subject
  trials:
    response: choice
    responses: [left, up, right]
    columns: {signal: signal, noise: noise}
)");
}

const std::string kSoftmax = "kind: softmax, options: [left, up, right], evidence: ";

Experiment two_accounts_of_choices(const dataset::Folder& folder, const std::string& lines = "") {
  write_choices(folder, {{}, {{-0.3, 0.2}, {0.5, 1}}}, 120, 5);
  test::write_hypothesis(folder, "signal", kSoftmax + "[signal]");
  test::write_hypothesis(folder, "noise", kSoftmax + "[noise]");
  return test::load_decisions(folder,
                              "hypotheses: [signal.yaml, noise.yaml]\nvalidation: {split: blocks, "
                              "folds: 4}\ncomparison: {bootstrap: 100}\n" +
                                  lines);
}

std::map<std::string, report::ComparisonRow> comparison_of_choices(const report::Results& results) {
  std::map<std::string, report::ComparisonRow> rows;
  for (const auto& row : results.comparison) rows[row.model] = row;
  return rows;
}

TEST(Softmax, TheAccountThatMadeTheChoicesWins) {
  const dataset::Folder folder;
  const Experiment e = two_accounts_of_choices(folder);
  EXPECT_EQ(e.baselines, (std::vector<std::string>{kConstant, kLogistic}));
  const auto rows = comparison_of_choices(run(e, test::portable_kinds()));
  EXPECT_EQ(rows.at("signal").delta, 0);
  EXPECT_LT(rows.at("noise").delta, -20);
  EXPECT_GT(rows.at("signal").log_density, rows.at("noise").log_density + 0.1);
  EXPECT_GT(rows.at("signal").log_density, rows.at("constant").log_density + 0.1);
  // Knowing nothing costs ln 3 a trial; no account may be worse.
  for (const auto& [name, row] : rows) EXPECT_GT(row.log_density, -std::log(3) - 0.02) << name;
}

TEST(Softmax, TheRegressionHasEveryTermInTheEvidenceForEveryOption) {
  const dataset::Folder folder;
  const report::Results results = run(two_accounts_of_choices(folder), test::portable_kinds());
  std::vector<std::string> names;
  for (const auto& p : results.parameters)
    if (p.model == "logistic" && p.subject == "s1") names.push_back(p.parameter);
  EXPECT_EQ(names,
            (std::vector<std::string>{"decision.evidence.up",
                                      "decision.evidence.up.signal",
                                      "decision.evidence.up.noise",
                                      "decision.evidence.right",
                                      "decision.evidence.right.signal",
                                      "decision.evidence.right.noise"}));
}

TEST(Softmax, EachOptionHasItsScoresAndTheDatumOneDensity) {
  const dataset::Folder folder;
  const report::Results results = run(two_accounts_of_choices(folder), test::portable_kinds());
  std::map<std::string, int> channels;
  for (const report::ScoreRow& s : results.scores)
    if (s.model == "signal" && s.subject == "s1" && s.fold == "1" && std::isfinite(s.value))
      ++channels[s.channel + " " + s.metric];
  for (const char* option : {"left", "up", "right"})
    EXPECT_EQ(channels["choice of " + std::string(option) + " r"], 1) << option;
  EXPECT_EQ(channels["choice of left log_density"], 1);
  EXPECT_EQ(channels["choice of up log_density"], 0);
}

// Everything about two options can be said either way.
TEST(Softmax, OfTwoOptionsIsFittedAsTheKindChoice) {
  const dataset::Folder folder;
  test::write_decisions(folder, {test::Decider{}}, 150, 4);
  // Under one name, by which random numbers are keyed.
  const auto fitted = [&](const std::string& what) {
    test::write_hypothesis(folder, "account", what + ", lapse: []");
    return run(
        test::load_decisions(folder,
                             "hypotheses: [account.yaml]\nvalidation: {split: blocks, folds: "
                             "3}\ncomparison: {bootstrap: 100}\n"),
        test::portable_kinds());
  };
  const report::Results a = fitted("kind: choice, evidence: [signal, noise]");
  const report::Results b =
      fitted("kind: softmax, options: [left, right], evidence: {right: [signal, noise]}");
  const auto bound = Tolerance::because(1e-6, "both stop within 1e-7 nats of the same posterior");
  EXPECT_CLOSE(comparison_of_choices(a).at("account").log_evidence,
               comparison_of_choices(b).at("account").log_evidence,
               bound);
  EXPECT_CLOSE(comparison_of_choices(a).at("account").log_density,
               comparison_of_choices(b).at("account").log_density,
               bound);
  EXPECT_CLOSE(comparison_of_choices(a).at("logistic").log_evidence,
               comparison_of_choices(b).at("logistic").log_evidence,
               bound);
  const auto of = [](const report::Results& r, const std::string& model) {
    std::vector<double> means;
    for (const auto& p : r.parameters)
      if (p.model == model) means.push_back(p.posterior_mean);
    return means;
  };
  const std::vector<double> mine = of(b, "account"), theirs = of(a, "account");
  ASSERT_EQ(mine.size(), theirs.size());
  for (std::size_t i = 0; i < mine.size(); ++i)
    EXPECT_CLOSE(mine[i], theirs[i], Tolerance::because(1e-4, "where both stop"));
}

TEST(Softmax, RecoversWhatItsChoosersWeigh) {
  std::vector<Chooser> choosers;
  Stream stream(9, "choosers");
  for (int s = 0; s < 40; ++s)
    choosers.push_back({{stream.normal(), stream.normal()}, {stream.normal(), stream.normal()}});
  const dataset::Folder folder;
  write_choices(folder, choosers, 200, 6);
  test::write_hypothesis(folder, "signal", kSoftmax + "[signal]");
  const report::Results results = run(
      test::load_decisions(folder, "hypotheses: [signal.yaml]\nbaselines: []\nvalidation: none\n"),
      test::portable_kinds());
  int inside = 0, all = 0;
  for (const auto& p : results.parameters) {
    const Chooser& c = choosers[std::stoul(p.subject.substr(1)) - 1];
    const std::size_t option = p.parameter.find("up") != std::string::npos ? 0 : 1;
    const double truth = p.parameter.ends_with("signal") ? c.signal[option] : c.intercept[option];
    inside += std::abs(p.posterior_mean - truth) < 1.96 * p.posterior_sd ? 1 : 0;
    all += 1;
  }
  ASSERT_EQ(all, 160);
  RecordProperty("inside", inside);
  EXPECT_GE(inside, 144);  // 95 % is 152 of 160; three standard errors are 8
}

TEST(Softmax, CurvesOfAllOptionsAddToOne) {
  const dataset::Folder folder;
  const report::Results results = run(two_accounts_of_choices(folder), test::portable_kinds());
  std::map<double, double> predicted, observed;
  for (const report::CheckRow& row : results.checks) {
    if (row.model != "signal" || row.term != "signal") continue;
    EXPECT_EQ(row.check, "psychometric");
    predicted[row.position] += row.predicted, observed[row.position] += row.observed;
    EXPECT_LE(row.predicted_low, row.predicted);
    EXPECT_GE(row.predicted_high, row.predicted);
  }
  ASSERT_EQ(predicted.size(), 8u);
  for (const auto& [at, sum] : predicted) EXPECT_CLOSE(sum, 1, Tolerance::rounding(64));
  for (const auto& [at, sum] : observed) EXPECT_CLOSE(sum, 1, Tolerance::rounding(64));
}

std::string choices_fitted_without(const report::Results& results, const std::string& block) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      if (f.fold == block)
        text << m.name << f.status << f.free_energy << ' ' << f.accuracy << ' ' << f.gradient_norm
             << '\n';
  return text.str();
}

class SoftmaxLeakage : public testing::TestWithParam<const char*> {};

TEST_P(SoftmaxLeakage, HeldOutChoicesChangeNoFittedNumberByABit) {
  const dataset::Folder folder;
  const Experiment clean =
      two_accounts_of_choices(folder, std::string("inference: {subjects: ") + GetParam() + "}\n");
  Experiment spoilt = clean;
  for (dataset::Subject& subject : spoilt.dataset.subjects) {
    dataset::Trials& trials = subject.runs[0].trials[0];
    for (std::size_t i = 0; i < trials.size() / 4; ++i)
      trials.response[i] = (trials.response[i] + 1) % 3;
  }
  const report::Results a = run(clean, test::portable_kinds()),
                        b = run(spoilt, test::portable_kinds());
  EXPECT_EQ(choices_fitted_without(a, "1"), choices_fitted_without(b, "1"));
  EXPECT_NE(choices_fitted_without(a, "2"),
            choices_fitted_without(b, "2"));  // so that the test can tell
  EXPECT_NE(comparison_of_choices(a).at("signal").log_density,
            comparison_of_choices(b).at("signal").log_density);
}

TEST_P(SoftmaxLeakage, SameBytesAtAnyNumberOfThreads) {
  const dataset::Folder folder;
  const Experiment e =
      two_accounts_of_choices(folder, std::string("inference: {subjects: ") + GetParam() + "}\n");
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    const report::Results r = run(e, test::portable_kinds());
    std::ostringstream text;
    text.precision(17);
    for (const auto& p : r.parameters) text << p.posterior_mean << ' ' << p.posterior_sd << '\n';
    for (const auto& s : r.scores) text << s.value << ' ' << s.low << ' ' << s.high << '\n';
    for (const auto& c : r.checks) text << c.predicted << ' ' << c.predicted_low << '\n';
    texts.push_back(text.str());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

INSTANTIATE_TEST_SUITE_P(Subjects,
                         SoftmaxLeakage,
                         testing::Values("separate", "pooled", "hierarchical"));

}  // namespace
}  // namespace insula::experiment
