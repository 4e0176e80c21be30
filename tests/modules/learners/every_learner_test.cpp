// SPDX-License-Identifier: Apache-2.0
// What every learner promises: exact slopes, what is known when, and cues that do not mix.
#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "framework/base/nan.h"
#include "tests/modules/learners/all_learners.h"
#include "tests/support/tolerance.h"
#include "tests/support/tsv.h"

namespace insula::test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

std::size_t as_size(Index i) { return static_cast<std::size_t>(i); }

std::string text(const std::vector<double>& parameters) {
  std::ostringstream out;
  out.precision(17);
  out << "at {";
  for (const double p : parameters) out << p << ", ";
  return out.str() + "}";
}

double step(const FieldSpec& field, double at) {
  return 1e-4 * (field.domain == Domain::real       ? 1
                 : field.domain == Domain::positive ? at
                                                    : at * (1 - at));
}

// By five points: error of order four in the step. Nothing if an error changes its sign within the
// steps, where its size has a kink.
std::optional<MatrixXd> difference(const LearnerKind& kind,
                                   const Trials& trials,
                                   const std::vector<double>& at,
                                   std::size_t p) {
  const double h = step(kind.parameters[p], at[p]);
  const Index error = signal_index(kind, "prediction_error");
  const MatrixXd middle = run(kind, trials, at).value;
  bool has_kink = false;
  const auto moved = [&](double by) {
    std::vector<double> there = at;
    there[p] += by;
    const MatrixXd value = run(kind, trials, there).value;
    has_kink |= (value.col(error).array() * middle.col(error).array() < 0).any();
    return value;
  };
  const MatrixXd slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
  return has_kink ? std::nullopt : std::optional(slope);
}

TEST_P(EveryLearner, HasTheSlopesOfItsSignals) {
  constexpr int kCases = 100;
  int compared = 0;
  Stream random(1, "learners/slopes/" + GetParam());
  for (int c = 0; c < kCases; ++c) {
    const std::vector<double> at = random_parameters(kind(), random, 0.75);
    const Trials trials = random_trials(kind(), random, 40, 1 + c % 3);
    SCOPED_TRACE(text(at));
    const LearnerSignals signals = run(kind(), trials, at, true);
    for (std::size_t p = 0; p < at.size(); ++p) {
      const auto expected = difference(kind(), trials, at, p);
      if (!expected) continue;
      ++compared;
      for (Index s = 0; s < expected->cols(); ++s) {
        const double size = std::max({1.0,
                                      signals.value.col(s).cwiseAbs().maxCoeff(),
                                      expected->col(s).cwiseAbs().maxCoeff()});
        EXPECT_CLOSE(signals.slope[as_size(s)].col(static_cast<Index>(p)),
                     expected->col(s),
                     Tolerance::because(1e-6 * size, "five points, steps of 1e-4 of the scale"))
            << kind().signals[as_size(s)].name << " in " << kind().parameters[p].name;
      }
    }
  }
  EXPECT_GT(compared, 0.9 * kCases * static_cast<double>(kind().parameters.size()));
}

TEST_P(EveryLearner, HasTheSameSignalsWithAndWithoutSlopes) {
  Stream random(2, "learners/same/" + GetParam());
  const std::vector<double> at = random_parameters(kind(), random, 1);
  const Trials trials = random_trials(kind(), random, 300, 4);
  EXPECT_EQ(run(kind(), trials, at, true).value, run(kind(), trials, at, false).value);
}

TEST_P(EveryLearner, AgreesWithItsPaperAtFortyDigits) {
  const Tsv table = read_tsv("learners/" + GetParam() + ".tsv");
  const auto p = static_cast<Index>(kind().parameters.size());
  const auto s = static_cast<Index>(kind().signals.size());
  ASSERT_EQ(table.rows.cols(), 3 + p + s + s * p);
  constexpr Index kTrials = 40;
  ASSERT_EQ(table.rows.rows() % kTrials, 0);
  for (Index first = 0; first < table.rows.rows(); first += kTrials) {
    const MatrixXd rows = table.rows.middleRows(first, kTrials);
    std::vector<double> at;
    for (Index k = 0; k < p; ++k) at.push_back(rows(0, 1 + k));
    Trials trials;
    for (Index i = 0; i < kTrials; ++i) {
      trials.cue.push_back(static_cast<int>(rows(i, 1 + p)));
      trials.outcome.push_back(rows(i, 2 + p));
    }
    const LearnerSignals signals = run(kind(), trials, at, true);
    for (Index j = 0; j < s; ++j) {
      const MatrixXd value = rows.col(3 + p + j), slope = rows.middleCols(3 + p + s + j * p, p);
      EXPECT_CLOSE(signals.value.col(j),
                   value,
                   Tolerance::rounding(20, std::max(1.0, value.cwiseAbs().maxCoeff())))
          << kind().signals[as_size(j)].name;
      EXPECT_CLOSE(signals.slope[as_size(j)],
                   slope,
                   Tolerance::rounding(40, std::max(1.0, slope.cwiseAbs().maxCoeff())))
          << kind().signals[as_size(j)].name;
    }
  }
}

// An outcome moves what follows it in its own trial, what precedes it only in later ones.
TEST_P(EveryLearner, SaysTrulyWhatPrecedesTheOutcome) {
  Stream random(3, "learners/order/" + GetParam());
  const std::vector<double> at = random_parameters(kind(), random, 0.5);
  Trials trials = random_trials(kind(), random, 12, 1);
  constexpr Index kChanged = 5;
  trials.outcome[kChanged] = 1;
  const MatrixXd one = run(kind(), trials, at).value;
  trials.outcome[kChanged] = 0;
  const MatrixXd other = run(kind(), trials, at).value;
  EXPECT_EQ(MatrixXd(one.topRows(kChanged)), MatrixXd(other.topRows(kChanged)));
  for (Index s = 0; s < one.cols(); ++s)
    EXPECT_EQ(one(kChanged, s) == other(kChanged, s), kind().signals[as_size(s)].precedes_outcome)
        << kind().signals[as_size(s)].name;
  const Index value = signal_index(kind(), "value");
  EXPECT_GT(one(kChanged + 1, value), other(kChanged + 1, value));
}

TEST_P(EveryLearner, LearnsNothingWithoutAnOutcome) {
  Stream random(4, "learners/missing/" + GetParam());
  const std::vector<double> at = random_parameters(kind(), random, 0.5);
  const Trials whole = random_trials(kind(), random, 30, 1);
  constexpr Index kAt = 11;
  Trials longer = whole;
  longer.outcome.insert(longer.outcome.begin() + kAt, kNaN);
  longer.cue.insert(longer.cue.begin() + kAt, 0);
  const MatrixXd expected = run(kind(), whole, at).value, found = run(kind(), longer, at).value;
  EXPECT_EQ(MatrixXd(found.topRows(kAt)), MatrixXd(expected.topRows(kAt)));
  EXPECT_EQ(MatrixXd(found.bottomRows(30 - kAt)), MatrixXd(expected.bottomRows(30 - kAt)));
  for (Index s = 0; s < found.cols(); ++s)
    EXPECT_EQ(found(kAt, s), kind().signals[as_size(s)].precedes_outcome ? expected(kAt, s) : 0)
        << kind().signals[as_size(s)].name;
}

TEST_P(EveryLearner, KeepsCuesApart) {
  Stream random(5, "learners/cues/" + GetParam());
  const std::vector<double> at = random_parameters(kind(), random, 1);
  const Trials mixed = random_trials(kind(), random, 200, 3);
  const LearnerSignals together = run(kind(), mixed, at, true);
  for (int cue = 0; cue < 3; ++cue) {
    Trials alone;  // without cues: the one that there is
    std::vector<Index> rows;
    for (std::size_t i = 0; i < mixed.cue.size(); ++i)
      if (mixed.cue[i] == cue) {
        alone.outcome.push_back(mixed.outcome[i]);
        rows.push_back(static_cast<Index>(i));
      }
    const LearnerSignals apart = run(kind(), alone, at, true);
    EXPECT_EQ(MatrixXd(together.value(rows, Eigen::all)), apart.value);
    for (std::size_t s = 0; s < apart.slope.size(); ++s)
      EXPECT_EQ(MatrixXd(together.slope[s](rows, Eigen::all)), apart.slope[s]);
  }
}

TEST_P(EveryLearner, StaysFiniteFarOutInItsPrior) {
  Stream random(6, "learners/finite/" + GetParam());
  for (int c = 0; c < 400; ++c) {
    const std::vector<double> at = random_parameters(kind(), random, 2);
    SCOPED_TRACE(text(at));
    const LearnerSignals signals = run(kind(), random_trials(kind(), random, 500, 1), at, true);
    ASSERT_TRUE(signals.value.allFinite());
    for (std::size_t s = 0; s < signals.slope.size(); ++s)
      ASSERT_TRUE(signals.slope[s].allFinite()) << kind().signals[s].name;
  }
}

TEST_P(EveryLearner, HasNoTrialsIfThereAreNone) {
  EXPECT_EQ(run(kind(), {}, std::vector<double>(kind().parameters.size(), 0.5), true).value.rows(),
            0);
}

INSTANTIATE_TEST_SUITE_P(Catalogue,
                         EveryLearner,
                         testing::ValuesIn(learner_kind_names()),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace insula::test
