// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/leave_out.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using numerics::kPanel;
using numerics::Op;

namespace {

// Below such a pivot of I − H_bb, whose entries are at most 1, float is not trusted. Measured on
// normal features: above it errors of R2 stay below 3e-4, at 0.04 they reach 6e-3.
constexpr float kLeastPivot = 0.05f;
// Panels of cross products that are held at a time, or one for each thread, whatever the targets.
constexpr Index kHeldPanels = 4;

// One fold at work on a ridge regression of type T.
template <typename T>
class BlockLeftOut {
 public:
  BlockLeftOut(const RotatedRidge<T>& ridge,
               const InnerFold& fold,
               const std::vector<double>& alphas,
               Memory& memory);
  // Adds the squared residuals of the scored rows.
  bool add_to(MatrixXd& error);

 private:
  void plan();
  bool prepare(Index alpha, Index slot);
  void cross_without(Index first, Index count, DenseOut<T> into) const;
  void score(Index alpha,
             Index slot,
             Index first,
             Index count,
             const DenseIn<T>& cross,
             MatrixXd& error) const;
  void copy_targets(Index first, Index count, DenseOut<T> into) const;

  // Space of one penalty: the operator (rows × width) and the factor (rows × rows).
  Eigen::Map<Dense<T>> operator_of(Index slot) const {
    return {space_->data() + slot * size_ * (width_ + size_), size_, width_};
  }
  Eigen::Map<Dense<T>> factor_of(Index slot) const {
    return {space_->data() + slot * size_ * (width_ + size_) + size_ * width_, size_, size_};
  }

  const RotatedRidge<T>& ridge_;
  const std::vector<double>& alphas_;
  Memory& memory_;
  std::vector<Index> out_;     // rows left out
  std::vector<Index> scored_;  // of them, by position
  Index size_, q_, width_;     // rows left out, eigenvectors, with nuisance
  Index targets_;
  // The inverse is applied to the operator, which is done once, or to the residuals of every
  // target, whatever is less.
  bool inverse_first_;
  std::optional<Buffer<T>> rotated_;  // rows × width
  std::optional<Buffer<T>> space_;
  Index slots_ = 1, batch_ = 0;  // penalties and targets at a time
};

template <typename T>
BlockLeftOut<T>::BlockLeftOut(const RotatedRidge<T>& ridge,
                              const InnerFold& fold,
                              const std::vector<double>& alphas,
                              Memory& memory)
    : ridge_(ridge), alphas_(alphas), memory_(memory) {
  std::vector<bool> trains(static_cast<std::size_t>(ridge.real_rows), false);
  for (const Index row : fold.train) trains[static_cast<std::size_t>(row)] = true;
  std::vector<bool> is_scored(trains.size(), false);
  for (const Index row : fold.test) is_scored[static_cast<std::size_t>(row)] = true;
  for (Index row = 0; row < ridge.real_rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (trains[at]) continue;
    if (is_scored[at]) scored_.push_back(static_cast<Index>(out_.size()));
    out_.push_back(row);
  }
  size_ = static_cast<Index>(out_.size());
  q_ = ridge.values.size();
  width_ = q_ + (ridge.dual ? 0 : ridge.nuisance.cols());
  targets_ = ridge.y.cols();
  inverse_first_ = targets_ >= q_;
}

template <typename T>
void BlockLeftOut<T>::plan() {
  rotated_.emplace(memory_, size_, width_, "the rows of a fold");
  auto z = (*rotated_)();
  ridge_.rows(out_, z.leftCols(q_));
  if (width_ > q_) z.rightCols(width_ - q_) = ridge_.nuisance(out_, Eigen::all);
  // What is left holds the operators of some penalties, the cross products of some targets and a
  // panel of residuals for each thread.
  const Index panels = (threads() + 1) * size_ * std::min(kPanel, targets_);
  const Index left = static_cast<Index>(memory_.left() / sizeof(T)) - panels - 1024;
  const Index each = size_ * (width_ + size_);
  const bool with_cross = inverse_first_ && !ridge_.dual;
  slots_ = std::clamp<Index>(
      (with_cross ? left / 2 : left) / each, 1, static_cast<Index>(alphas_.size()));
  batch_ = targets_;
  if (with_cross) {
    const Index fit = (left - slots_ * each) / std::max<Index>(1, width_);
    const Index most = std::max<Index>(kHeldPanels, threads());
    batch_ = std::min(targets_, std::clamp<Index>(fit / kPanel, 1, most) * kPanel);
  }
  space_.emplace(memory_, size_, slots_ * (width_ + size_), "the penalties of a fold");
}

// The operator that maps cross products on held-out predictions, and the factor of I − H_bb.
template <typename T>
bool BlockLeftOut<T>::prepare(Index alpha, Index slot) {
  const auto penalty = static_cast<T>(alphas_[static_cast<std::size_t>(alpha)]);
  const auto z = (*rotated_)();
  auto mapped = operator_of(slot);
  auto factor = factor_of(slot);
  const auto root = [&](Index j) { return 1 / std::sqrt(ridge_.values[j] + penalty); };
  for (Index j = 0; j < q_; ++j) mapped.col(j) = z.col(j) * root(j);
  mapped.rightCols(width_ - q_) = z.rightCols(width_ - q_);
  if (ridge_.dual) {
    numerics::self_product<T>(Op::plain, mapped, 1, 0, factor);
  } else {
    factor.setIdentity();
    numerics::self_product<T>(Op::plain, mapped, -1, 1, factor);
  }
  const bool is_definite = numerics::factor_in_place<T>(factor);
  if (!is_definite) return false;
  if (!ridge_.dual && std::is_same_v<T, float>) {
    const float least = static_cast<float>(factor.diagonal().minCoeff());
    if (!(least * least > kLeastPivot)) return false;
  }
  for (Index j = 0; j < q_; ++j) mapped.col(j) *= root(j);
  if (inverse_first_) numerics::solve_with_factor<T>(factor, mapped);
  return true;
}

template <typename T>
void BlockLeftOut<T>::copy_targets(Index first, Index count, DenseOut<T> into) const {
  for (Index begin = 0, end = 0; begin < size_; begin = end) {
    for (end = begin + 1; end < size_; ++end) {
      if (out_[static_cast<std::size_t>(end)] != out_[static_cast<std::size_t>(end - 1)] + 1) break;
    }
    into.middleRows(begin, end - begin) =
        ridge_.y.block(out_[static_cast<std::size_t>(begin)], first, end - begin, count);
  }
}

// Cross products of the rows that train: those of all rows less those of the rows left out.
template <typename T>
void BlockLeftOut<T>::cross_without(Index first, Index count, DenseOut<T> into) const {
  Buffer<T> y(memory_, size_, count, "the targets of a fold");
  copy_targets(first, count, y());
  into.topRows(q_) = ridge_.cross.middleCols(first, count);
  into.bottomRows(width_ - q_).setZero();
  numerics::product<T>(Op::transposed, (*rotated_)(), Op::plain, y(), -1, 1, into);
}

// Residuals of a panel of targets: `cross` is of the rows that train if the inverse is in the
// operator, and else of all rows.
template <typename T>
void BlockLeftOut<T>::score(Index alpha,
                            Index slot,
                            Index first,
                            Index count,
                            const DenseIn<T>& cross,
                            MatrixXd& error) const {
  Buffer<T> residual(memory_, size_, count, "the residuals of a fold");
  auto r = residual();
  const auto mapped = operator_of(slot).leftCols(cross.rows());
  if (!ridge_.dual) copy_targets(first, count, r);
  const T sign = ridge_.dual ? 1 : -1, keep = ridge_.dual ? 0 : 1;
  numerics::product<T>(Op::plain, mapped, Op::plain, cross, sign, keep, r);
  if (!inverse_first_) numerics::solve_with_factor<T>(factor_of(slot), r);
  for (Index t = 0; t < count; ++t) {
    double sum = 0;
    for (const Index row : scored_) sum += static_cast<double>(r(row, t)) * r(row, t);
    error(alpha, first + t) += sum;
  }
}

template <typename T>
bool BlockLeftOut<T>::add_to(MatrixXd& error) {
  if (size_ == 0) return true;
  plan();
  const auto penalties = static_cast<Index>(alphas_.size());
  const bool with_cross = inverse_first_ && !ridge_.dual;
  for (Index alpha = 0; alpha < penalties; alpha += slots_) {
    const Index used = std::min(slots_, penalties - alpha);
    std::vector<char> carries(static_cast<std::size_t>(used));
    parallel_for(carries.size(), [&](std::size_t slot) {
      carries[slot] = prepare(alpha + static_cast<Index>(slot), static_cast<Index>(slot));
    });
    for (std::size_t slot = 0; slot < carries.size(); ++slot) {
      if (carries[slot]) continue;
      if (std::is_same_v<T, float>) return false;
      error.row(alpha + static_cast<Index>(slot))
          .setConstant(std::numeric_limits<double>::quiet_NaN());
    }
    for (Index begin = 0; begin < targets_; begin += batch_) {
      const Index targets = std::min(batch_, targets_ - begin);
      const Index panels = (targets + kPanel - 1) / kPanel;
      Buffer<T> without(memory_, with_cross ? width_ : 0, targets, "cross products of a fold");
      const auto panel = [&](Index p) {
        return std::pair(p * kPanel, std::min(kPanel, targets - p * kPanel));
      };
      if (with_cross) {
        parallel_for(static_cast<std::size_t>(panels), [&](std::size_t p) {
          const auto [first, count] = panel(static_cast<Index>(p));
          cross_without(begin + first, count, without().middleCols(first, count));
        });
      }
      parallel_for(static_cast<std::size_t>(panels * used), [&](std::size_t task) {
        const Index slot = static_cast<Index>(task) % used;
        if (!carries[static_cast<std::size_t>(slot)]) return;
        const auto [first, count] = panel(static_cast<Index>(task) / used);
        if (with_cross) {
          score(
              alpha + slot, slot, begin + first, count, without().middleCols(first, count), error);
        } else {
          const auto cross = ridge_.cross.middleCols(begin + first, count);
          score(alpha + slot, slot, begin + first, count, cross, error);
        }
      });
    }
  }
  return true;
}

}  // namespace

template <typename T>
bool leave_out_error(const RotatedRidge<T>& ridge,
                     const std::vector<InnerFold>& folds,
                     const std::vector<double>& alphas,
                     Memory& memory,
                     MatrixXd& error) {
  error = MatrixXd::Zero(static_cast<Index>(alphas.size()), ridge.y.cols());
  double count = 0;
  for (const InnerFold& fold : folds) {
    BlockLeftOut<T> left_out(ridge, fold, alphas, memory);
    if (!left_out.add_to(error)) return false;
    count += static_cast<double>(fold.test.size());
  }
  error /= count;
  return true;
}

template bool leave_out_error<float>(const RotatedRidge<float>&,
                                     const std::vector<InnerFold>&,
                                     const std::vector<double>&,
                                     Memory&,
                                     MatrixXd&);
template bool leave_out_error<double>(const RotatedRidge<double>&,
                                      const std::vector<InnerFold>&,
                                      const std::vector<double>&,
                                      Memory&,
                                      MatrixXd&);

}  // namespace insula::regression
