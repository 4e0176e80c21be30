// SPDX-License-Identifier: Apache-2.0
// A smooth function of the inputs, whatever it is.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "framework/regression/cross_validation.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/ridge.h"
#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Rates each second that inputs drive, by a function of the three `late` seconds before; noise of
// sd 0.3.
struct Driven {
  BaselineProblem problem;
  MatrixXd truth, observed;

  template <typename Function>
  explicit Driven(const Function& rate, Index samples = 400, double late = 0)
      : problem(empty_problem(samples, 1, 1, 1)), truth(samples, 1) {
    problem.recording.modality = "rate";
    problem.gap = 8;
    problem.runs[0].nuisance = problem.runs[0].nuisance.leftCols(1).eval();
    problem.nuisance_penalty = VectorXd::Zero(1);
    auto& inputs = problem.runs[0].inputs;
    if (late > 0) make_new_each_second(inputs, samples);
    for (Index s = 0; s < samples; ++s) {
      const double time = static_cast<double>(s) - late;
      truth(s, 0) =
          rate(held_at(inputs[0], time), held_at(inputs[1], time), held_at(inputs[2], time));
    }
    observed = truth + 0.3 * noise(samples, 1, 0, 2);
  }

  static void make_new_each_second(std::vector<BaselineInput>& inputs, Index samples) {
    Stream random(3, "inputs");
    for (BaselineInput& input : inputs) {
      input = {input.name, {}, {}};
      for (Index s = 0; s < samples; ++s) {
        input.onset.push_back(static_cast<double>(s));
        input.value.push_back(random.normal());
      }
    }
  }

  /// All but 80 s of it for training.
  BaselineProblem training() const {
    BaselineProblem part = problem;
    part.runs[0].data = observed;
    part.runs[0].data.middleRows(260, 80).setConstant(std::nan(""));
    return part;
  }

  /// R² of what is held out, against the noiseless course.
  double explained(const BaselineKind& kind) const {
    double squares = 0, whole = 0;
    for (const auto& held : cross_validate(kind, problem, observed, 3, 0))
      for (Index i = 0; i < held.predicted.size(); ++i) {
        const double at = truth(static_cast<Index>(held.time[i]), 0);
        squares += std::pow(at - held.predicted[i], 2);
        whole += std::pow(at - truth.mean(), 2);
      }
    return 1 - squares / whole;
  }
};

TEST(KernelRidge, KnowsHowInputsActTogether) {
  // One input turns the other's effect round: no sum of their responses can do that.
  const Driven gated([](double a, double b, double) { return (2 * a - 1) * (2 * b - 1); });
  EXPECT_GT(gated.explained(kernel_ridge), 0.9);
  EXPECT_LT(gated.explained(ridge), 0.2);
}

TEST(KernelRidge, IsAsGoodAsRidgeWhereResponsesAddUp) {
  const Driven added([](double a, double b, double c) { return a - 0.5 * b + 0.3 * c; });
  EXPECT_GT(added.explained(ridge), 0.95);
  EXPECT_GT(added.explained(kernel_ridge), added.explained(ridge) - 0.03);
}

std::string tuned(const BaselinePrediction& prediction, const std::string& name) {
  for (const auto& [what, value] : prediction.tuned)
    if (what == name) return value;
  return "";
}

// k of the sources that the module names, entry by entry.
double kernel_of(const std::string& name, const VectorXd& a, const VectorXd& b) {
  const auto p = static_cast<double>(a.size());
  if (name == "linear") return a.dot(b) / p;
  if (name == "quadratic") return std::pow(1 + a.dot(b) / p, 2);
  const double width = name.ends_with("1/2") ? 0.5 : name.ends_with('1') ? 1 : 2;
  return std::exp(-(a - b).squaredNorm() / (2 * p * width * width));
}

// What all training rows predict by the settings that were chosen:
//   min ‖y − K w − 1 γ‖² + α w'K w:  (K + α I) w + 1 γ = y and 1'w = 0.
VectorXd solved_by_all(const BaselineProblem& problem, const BaselinePrediction& prediction) {
  const MatrixXd& data = problem.runs[0].data;
  std::vector<Index> train;
  for (Index s = 0; s < data.rows(); ++s)
    if (std::isfinite(data(s, 0))) train.push_back(s);
  MatrixXd x;
  for (const auto& form : regression::input_forms(problem))
    if (form.text() == tuned(prediction, "inputs of c0"))
      x = regression::input_columns(problem, {0}, form);
  const MatrixXd of_training = x(train, Eigen::all);
  const Eigen::RowVectorXd mean = of_training.colwise().mean();
  const VectorXd factor = regression::column_factor(of_training, regression::Scale::unit_sd);
  x = (x.rowwise() - mean) * factor.asDiagonal();
  double alpha = 0;  // what the text rounds
  const double shown = std::stod(tuned(prediction, "penalty of c0"));
  for (const double of_grid : regression::penalty_grid(-4, 6, 4))
    if (std::abs(of_grid / shown - 1) < std::abs(alpha / shown - 1)) alpha = of_grid;

  const Index n = std::ssize(train);
  const std::string kernel = tuned(prediction, "kernel of c0");
  MatrixXd value(x.rows(), n);
  for (Index i = 0; i < x.rows(); ++i)
    for (Index j = 0; j < n; ++j)
      value(i, j) = kernel_of(kernel, x.row(i), x.row(train[static_cast<std::size_t>(j)]));
  MatrixXd whole = MatrixXd::Ones(n + 1, n + 1);
  whole.topLeftCorner(n, n) = value(train, Eigen::all);
  whole.diagonal().array() += alpha;
  whole(n, n) = 0;
  VectorXd y(n + 1);
  y << data.col(0)(train), 0;
  const VectorXd solved = whole.partialPivLu().solve(y);
  return (value * solved.head(n)).array() + solved[n];
}

TEST(KernelRidge, SolvesItsEquations) {
  const Driven gated([](double a, double b, double c) { return a * b + std::sin(2 * c + a); });
  const BaselineProblem problem = gated.training();
  const BaselinePrediction prediction = kernel_ridge.predict(problem);
  EXPECT_CLOSE(prediction.mean[0],
               solved_by_all(problem, prediction),
               Tolerance::because(1e-8, "two solutions of equations of a condition up to 1e6"));
}

TEST(KernelRidge, LosesLittleByTheRowsThatDoNotSpan) {
  // 820 training rows, all different, of which 500 span.
  const Driven gated(
      [](double a, double b, double c) { return std::sin(2 * a) + std::sin(2 * b) + c * c; },
      900,
      1);
  const BaselineProblem problem = gated.training();
  const BaselinePrediction prediction = kernel_ridge.predict(problem);
  const VectorXd exact = solved_by_all(problem, prediction);
  ASSERT_TRUE(tuned(prediction, "kernel of c0").starts_with("Gaussian"));  // the others span less
  EXPECT_LT((gated.truth - prediction.mean[0]).norm(), 1.1 * (gated.truth.col(0) - exact).norm());
}

}  // namespace
}  // namespace insula::baselines
