// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/gram.h"

#include "framework/inference/detail/gram_kernel.h"
#include "framework/numerics/dense.h"
#include "framework/numerics/isa.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

using Kernel = void (*)(const GramTask&);

Kernel chosen_kernel() {
#if defined(__x86_64__)
  if (chosen_isa() == Isa::avx512) return avx512::add_gram;
  if (chosen_isa() == Isa::avx2) return avx2::add_gram;
#endif
  return portable::add_gram;
}

// Columns that the nearer caches cannot hold are BLAS's, which goes through them in blocks; their
// factor is LAPACK's, too.
constexpr Index kManyColumns = 128;

void add_gram_of_rows(const double* a, Index rows, Index stride, MatrixXd& gram) {
  if (gram.cols() >= kManyColumns) {
    const Eigen::Map<const MatrixXd, 0, Eigen::OuterStride<>> columns(
        a, rows, gram.cols(), Eigen::OuterStride<>(stride));
    numerics::self_product<double>(numerics::Op::transposed, columns, 1, 1, gram);
    return;
  }
  static const Kernel kernel = chosen_kernel();
  kernel({a, rows, stride, gram.cols(), gram.data(), gram.rows()});
}

// scratch = rows of z at `later` combined with the rows before them.
void set_links(const Gap& gap, const MatrixXd& z, bool is_sum, MatrixXd& scratch) {
  const auto links = static_cast<Index>(gap.later.size());
  const double sign = is_sum ? 1 : -1;
  for (Index column = 0; column < z.cols(); ++column) {
    const double* from = z.col(column).data();
    double* to = scratch.col(column).data();
    for (Index k = 0; k < links; ++k) {
      const Index t = gap.later[static_cast<std::size_t>(k)];
      to[k] = from[t] + sign * from[t - 1];
    }
    for (Index k = links; k < padded_rows(links); ++k) to[k] = 0;
  }
}

}  // namespace

void add_gram(const Eigen::Ref<const MatrixXd>& a, MatrixXd& gram) {
  add_gram_of_rows(a.data(), a.rows(), a.outerStride(), gram);
}

void set_parts(const Chain& chain,
               const MatrixXd& z,
               MatrixXd& scratch,
               std::vector<MatrixXd>& parts) {
  const Index m = z.cols();
  parts.resize(chain.parts());
  for (MatrixXd& part : parts) part.setZero(m, m);
  if (chain.is_white) {
    add_gram_of_rows(z.data(), z.rows(), z.rows(), parts[0]);
    return;
  }
  for (const Index end : chain.ends) {
    parts[0].template selfadjointView<Eigen::Lower>().rankUpdate(z.row(end).transpose(), 0.5);
  }
  for (std::size_t g = 0; g < chain.gaps.size(); ++g) {
    const Index rows = padded_rows(static_cast<Index>(chain.gaps[g].later.size()));
    for (const bool is_sum : {true, false}) {
      set_links(chain.gaps[g], z, is_sum, scratch);
      add_gram_of_rows(scratch.data(), rows, scratch.rows(), parts[1 + 2 * g + (is_sum ? 0 : 1)]);
    }
  }
}

void combine(const std::vector<MatrixXd>& parts,
             const std::vector<double>& weights,
             MatrixXd& sum) {
  const Index m = parts[0].cols();
  sum.resize(m, m);
  for (Index j = 0; j < m; ++j) {  // by column, which stays in the nearest cache
    auto column = sum.col(j).tail(m - j);
    column = weights[0] * parts[0].col(j).tail(m - j);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      column += weights[i] * parts[i].col(j).tail(m - j);
    }
  }
}

}  // namespace insula::inference::detail
