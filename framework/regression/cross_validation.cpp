// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/cross_validation.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "framework/base/error.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// The fold of each row in use. Rows that belong together count where the first of them stands.
std::vector<std::size_t> fold_of_rows(const std::vector<Index>& rows,
                                      std::size_t folds,
                                      const std::vector<int>& together) {
  const std::size_t n = rows.size();
  const auto mark = [&](std::size_t i) {
    return together.empty() ? -1 : together[static_cast<std::size_t>(rows[i])];
  };
  std::map<int, std::size_t> size;
  for (std::size_t i = 0; i < n; ++i)
    if (mark(i) >= 0) ++size[mark(i)];
  std::map<int, std::size_t> fold_of_mark;
  std::vector<std::size_t> fold(n);
  std::size_t before = 0, now = 0;  // rows that have a fold, and the fold that is filled
  for (std::size_t i = 0; i < n; ++i) {
    const auto known = fold_of_mark.find(mark(i));
    if (known != fold_of_mark.end()) {
      fold[i] = known->second;
      continue;
    }
    while (now + 1 < folds && before >= (now + 1) * n / folds) ++now;
    fold[i] = now;
    if (mark(i) >= 0) fold_of_mark[mark(i)] = now;
    before += mark(i) >= 0 ? size[mark(i)] : 1;
  }
  return fold;
}

// One fold as test part. Rows stand in order of run and time.
InnerFold leave_out(const std::vector<int>& run,
                    const VectorXd& time,
                    const std::vector<Index>& rows,
                    const std::vector<std::size_t>& fold_of,
                    std::size_t which,
                    double gap) {
  InnerFold fold;
  const auto is_near = [&](Index row, std::ptrdiff_t test) {
    return test >= 0 && test < static_cast<std::ptrdiff_t>(rows.size()) &&
           run[static_cast<std::size_t>(rows[static_cast<std::size_t>(test)])] ==
               run[static_cast<std::size_t>(row)] &&
           std::abs(time[row] - time[rows[static_cast<std::size_t>(test)]]) < gap;
  };
  // Of each row the nearest tested one after it; before it, as we go.
  const auto n = static_cast<std::ptrdiff_t>(rows.size());
  std::vector<std::ptrdiff_t> after(rows.size(), n);
  for (std::ptrdiff_t i = n - 1, next = n; i >= 0; --i) {
    if (fold_of[static_cast<std::size_t>(i)] == which) next = i;
    after[static_cast<std::size_t>(i)] = next;
  }
  std::ptrdiff_t before = -1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (fold_of[i] == which) {
      before = static_cast<std::ptrdiff_t>(i);
      fold.test.push_back(rows[i]);
    } else if (!is_near(rows[i], before) && !is_near(rows[i], after[i])) {
      fold.train.push_back(rows[i]);
    }
  }
  return fold;
}

}  // namespace

std::vector<InnerFold> inner_folds(const std::vector<int>& run,
                                   const VectorXd& time,
                                   const std::vector<Index>& rows,
                                   double gap,
                                   int folds,
                                   const std::vector<int>& together) {
  const std::size_t n = rows.size(), count = static_cast<std::size_t>(folds);
  if (folds < 2) throw InternalError("cross-validation needs two folds");
  std::vector<InnerFold> result;
  if (n < 2 * count) return result;
  const std::vector<std::size_t> fold_of = fold_of_rows(rows, count, together);
  for (std::size_t k = 0; k < count; ++k) {
    InnerFold fold = leave_out(run, time, rows, fold_of, k, gap);
    for (double less = gap / 2; 5 * fold.train.size() < 2 * n && less > 1e-3 * gap; less /= 2) {
      fold = leave_out(run, time, rows, fold_of, k, less);
    }
    if (fold.test.empty()) continue;
    result.push_back(std::move(fold));
  }
  if (result.size() == 1) return inner_folds(run, time, rows, gap, folds);
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
                     Scale scale,
                     Memory& memory) {
  MatrixXd sum = MatrixXd::Zero(static_cast<Index>(alphas.size()), rows.y.cols());
  double count = 0;
  const Index p = rows.x.cols(), k = rows.nuisance.cols(), targets = rows.y.cols();
  for (const InnerFold& fold : folds) {
    const auto train = static_cast<Index>(fold.train.size());
    const auto tests = static_cast<Index>(fold.test.size());
    std::optional<Counted> making(
        std::in_place,
        memory,
        bytes_of(train * (p + k + targets)) + ridge_making_bytes(train, p, k, targets),
        "a ridge regression of a fold");
    const RidgePath path(rows.select(fold.train), scale);
    making.reset();
    const Counted predicting(
        memory,
        ridge_path_bytes(train, p, targets) +
            bytes_of(tests * (4 * p + k + (static_cast<Index>(alphas.size()) + 2) * targets)),
        "predictions of a fold");
    const RidgeRows test = rows.select(fold.test);
    const std::vector<MatrixXd> predictions = path.predict(test.x, test.nuisance, alphas);
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      sum.row(static_cast<Index>(a)) += (test.y - predictions[a]).colwise().squaredNorm();
    }
    count += static_cast<double>(fold.test.size());
  }
  return sum / count;
}

MatrixXd ridge_error(const std::vector<InnerFold>& folds,
                     const RidgeRows& rows,
                     const std::vector<double>& alphas,
                     Scale scale) {
  Memory unbounded(std::numeric_limits<std::size_t>::max());
  return ridge_error(folds, rows, alphas, scale, unbounded);
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
