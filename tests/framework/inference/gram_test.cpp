// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/gram.h"

#include <gtest/gtest.h>

#include "framework/inference/detail/gram_kernel.h"
#include "framework/numerics/isa.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

void add(Isa isa, const MatrixXd& a, MatrixXd& gram) {
  const GramTask task{a.data(), a.rows(), a.rows(), a.cols(), gram.data(), gram.rows()};
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::add_gram(task);
  if (isa == Isa::avx512) return avx512::add_gram(task);
#endif
  if (isa == Isa::portable) return portable::add_gram(task);
  FAIL() << to_text(isa) << " is not built here";
}

// Every way in which a number of columns can fail to fill a tile.
TEST(Gram, AddsTheLowerTriangleForAnyNumberOfColumns) {
  Stream stream(5, "gram");
  for (const Isa isa : available_isas()) {
    for (Index columns = 0; columns <= 14; ++columns) {
      const MatrixXd a = toys::normal_matrix(stream, 24, columns);
      const MatrixXd before = toys::normal_matrix(stream, columns, columns);
      MatrixXd gram = before;
      add(isa, a, gram);
      MatrixXd expected = before;
      if (columns > 0) expected.triangularView<Eigen::Lower>() += a.transpose() * a;
      EXPECT_CLOSE(gram, expected, Tolerance::rounding(100, 10)) << to_text(isa);
    }
  }
}

TEST(Gram, IsZeroForNoRows) {
  MatrixXd gram = MatrixXd::Zero(3, 3);
  add_gram(MatrixXd(0, 3), gram);
  EXPECT_EQ(gram, MatrixXd::Zero(3, 3));
}

}  // namespace
}  // namespace insula::inference::detail
