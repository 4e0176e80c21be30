// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/cross_validation.h"

#include <cmath>
#include <limits>

#include "framework/base/error.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// One block as test part: rows[first] … rows[last − 1].
InnerFold leave_out(const std::vector<int>& run,
                    const VectorXd& time,
                    const std::vector<Index>& rows,
                    std::size_t first,
                    std::size_t last,
                    double gap) {
  InnerFold fold;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (first <= i && i < last) {
      fold.test.push_back(rows[i]);
      continue;
    }
    // The nearest row of the block is its first one or its last one.
    const Index border = rows[i < first ? first : last - 1];
    const bool near =
        run[static_cast<std::size_t>(rows[i])] == run[static_cast<std::size_t>(border)] &&
        std::abs(time[rows[i]] - time[border]) < gap;
    if (!near) fold.train.push_back(rows[i]);
  }
  return fold;
}

}  // namespace

std::vector<InnerFold> inner_folds(const std::vector<int>& run,
                                   const VectorXd& time,
                                   const std::vector<Index>& rows,
                                   double gap,
                                   int folds) {
  const std::size_t n = rows.size(), count = static_cast<std::size_t>(folds);
  if (folds < 2) throw InternalError("cross-validation needs two folds");
  std::vector<InnerFold> result;
  if (n < 2 * count) return result;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t first = k * n / count, last = (k + 1) * n / count;
    InnerFold fold = leave_out(run, time, rows, first, last, gap);
    for (double less = gap / 2; 5 * fold.train.size() < 2 * n && less > 1e-3 * gap; less /= 2) {
      fold = leave_out(run, time, rows, first, last, less);
    }
    result.push_back(std::move(fold));
  }
  return result;
}

VectorXd held_out_error(const std::vector<InnerFold>& folds,
                        const MatrixXd& y,
                        const std::function<MatrixXd(const InnerFold&)>& predict) {
  VectorXd sum = VectorXd::Zero(y.cols());
  double count = 0;
  for (const InnerFold& fold : folds) {
    sum += (y(fold.test, Eigen::all) - predict(fold)).colwise().squaredNorm().transpose();
    count += static_cast<double>(fold.test.size());
  }
  return sum / count;
}

MatrixXd ridge_error(const std::vector<InnerFold>& folds,
                     const RidgeRows& rows,
                     const std::vector<double>& alphas,
                     Scale scale) {
  MatrixXd sum = MatrixXd::Zero(static_cast<Index>(alphas.size()), rows.y.cols());
  double count = 0;
  for (const InnerFold& fold : folds) {
    const RidgePath path(rows.select(fold.train), scale);
    const RidgeRows test = rows.select(fold.test);
    const std::vector<MatrixXd> predictions = path.predict(test.x, test.nuisance, alphas);
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      sum.row(static_cast<Index>(a)) += (test.y - predictions[a]).colwise().squaredNorm();
    }
    count += static_cast<double>(fold.test.size());
  }
  return sum / count;
}

std::vector<double> penalty_grid(double low, double high, int steps_per_decade) {
  std::vector<double> grid;
  const auto steps = static_cast<int>(std::lround((high - low) * steps_per_decade));
  for (int i = 0; i <= steps; ++i) grid.push_back(std::pow(10, low + double(i) / steps_per_decade));
  return grid;
}

Index best_penalty(const VectorXd& error) {
  Index best = error.size() - 1;
  for (Index i = error.size(); i-- > 0;) {
    if (error[i] < error[best] || (std::isnan(error[best]) && !std::isnan(error[i]))) best = i;
  }
  return best;
}

}  // namespace insula::regression
