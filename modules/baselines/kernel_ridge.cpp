// SPDX-License-Identifier: Apache-2.0
// Kernel ridge regression: a smooth function of the inputs, whatever it is, that knows nothing of
// regions. The form in which they enter, the kernel and the penalty are chosen per channel by
// cross-validation over contiguous blocks inside the training part.
//
// With x of p columns of unit standard deviation, s = x·x′/p:
//   linear     s: ridge regression
//   quadratic  (1 + s)²: products of any two columns, a Volterra series of second order
//   Gaussian   exp(−‖x − x′‖² / (2 p w²)) of width w
//
// A kernel is spanned by the training rows that it knows least of from those before, 500 at most,
// so that thousands of samples do not take their square; with fewer samples it is exact.
//
// source  Saunders, Gammerman & Vovk 1998, ICML
// source  Franz & Schölkopf 2006, Neural Comput. 18:3097, for the Volterra series
// source  Fine & Scheinberg 2001, J. Mach. Learn. Res. 2:243, for the rows that span
// source  Rudi, Camoriano & Rosasco 2015, NIPS, for how few are needed
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/form_choice.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

struct SmoothKernel {
  const char* name;
  double width;  // of a Gaussian; 0: a polynomial
  int degree;
};
constexpr std::array<SmoothKernel, 5> kKernels{{{"linear", 0, 1},
                                                {"quadratic", 0, 2},
                                                {"Gaussian of width 2", 2, 0},
                                                {"Gaussian of width 1", 1, 0},
                                                {"Gaussian of width 1/2", 0.5, 0}}};

constexpr Index kMostSpanning = 500;
// What is left of a row that those before it span but for rounding; a row by itself has about 1.
constexpr double kSpanned = 1e-10;

double value_of(const SmoothKernel& kernel, double s, double square_distance) {
  if (kernel.degree == 1) return s;
  if (kernel.degree == 2) return (1 + s) * (1 + s);
  return std::exp(-square_distance / (2 * kernel.width * kernel.width));
}

// Columns whose products between rows are the kernel: rows × as many as span it, from centred x.
MatrixXd features_of(const SmoothKernel& kernel, const FormRows& rows) {
  const auto p = static_cast<double>(rows.x.cols());
  const VectorXd square = rows.x.rowwise().squaredNorm() / p;
  VectorXd unknown(std::ssize(rows.train));  // of the kernel of each training row with itself
  for (Index i = 0; i < unknown.size(); ++i)
    unknown[i] = value_of(kernel, square[rows.train[static_cast<std::size_t>(i)]], 0);
  MatrixXd features(rows.x.rows(), std::min(kMostSpanning, unknown.size()));
  for (Index k = 0; k < features.cols(); ++k) {
    Index least_known = 0;
    if (!(unknown.maxCoeff(&least_known) > kSpanned)) return features.leftCols(k);
    const Index row = rows.train[static_cast<std::size_t>(least_known)];
    VectorXd column = rows.x * rows.x.row(row).transpose() / p;
    for (Index i = 0; i < column.size(); ++i)
      column[i] = value_of(kernel, column[i], square[i] + square[row] - 2 * column[i]);
    column.noalias() -= features.leftCols(k) * features.row(row).head(k).transpose();
    features.col(k) = column / std::sqrt(unknown[least_known]);
    unknown -= features.col(k)(rows.train).cwiseAbs2();
    unknown[least_known] = 0;
  }
  return features;
}

FormFit fit_kernels(FormRows& rows, Memory& memory) {
  const RidgeRows& training = rows.training;
  const Index all = rows.x.rows(), n = training.y.rows(), channels = training.y.cols();
  const Counted counted(
      memory, bytes_of((2 * all + n) * std::min(n, kMostSpanning) + all * channels), "kernels");
  const Eigen::RowVectorXd mean = training.x.colwise().mean();
  rows.x.rowwise() -= mean;
  const std::vector<double> alphas = penalty_grid(-4, 6, 4);
  FormFit of_form{MatrixXd(all, channels), VectorXd(channels), {}};
  of_form.chosen.resize(static_cast<std::size_t>(channels));
  for (const SmoothKernel& kernel : kKernels) {
    const MatrixXd features = features_of(kernel, rows);
    const RidgeRows spanned{
        features(rows.train, Eigen::all), training.nuisance, training.nuisance_penalty, training.y};
    const MatrixXd error = ridge_error(rows.folds, spanned, alphas, Scale::as_given, memory);
    const Counted making(
        memory,
        ridge_making_bytes(n, features.cols(), training.nuisance.cols(), channels) +
            ridge_path_bytes(n, features.cols(), channels),
        "a ridge regression");
    const RidgePath path(spanned);
    for (Index c = 0; c < channels; ++c) {
      auto& chosen = of_form.chosen[static_cast<std::size_t>(c)];
      const Index best = best_penalty(error.col(c));
      if (!chosen.empty() && !(error(best, c) < of_form.error[c])) continue;
      const double alpha = alphas[static_cast<std::size_t>(best)];
      of_form.mean.col(c) = path.predict(features, rows.nuisance, {alpha})[0].col(c);
      of_form.error[c] = error(best, c);
      chosen = {{"kernel", kernel.name}, {"penalty", short_number(alpha)}};
    }
  }
  return of_form;
}

BaselinePrediction predict_kernel_ridge(const BaselineProblem& problem) {
  return predict_by_form(problem, fit_kernels);
}

}  // namespace

extern const BaselineKind kernel_ridge;
const BaselineKind kernel_ridge = {
    .name = "kernel_ridge",
    .summary =
        "Ridge regression on a smooth function of convolved or delayed inputs, whatever it "
        "is; form, kernel and penalty per channel by nested cross-validation.",
    .source =
        "Saunders, Gammerman & Vovk 1998, ICML; Franz & Schölkopf 2006, Neural Comput. "
        "18:3097",
    .predict = predict_kernel_ridge,
    .on_request = true,
    .is_linear = false,
};

}  // namespace insula::baselines
