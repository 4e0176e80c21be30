// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/regression/banded.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

// ln of a draw from a gamma distribution of unit scale: logarithms, because draws of small shapes
// underflow.
// source  Marsaglia & Tsang 2000, ACM Trans. Math. Softw. 26:363; for shapes below 1 their note on
//         multiplying by u^(1/shape)
double log_gamma_draw(double shape, Stream& random) {
  if (shape < 1) return log_gamma_draw(shape + 1, random) + std::log(random.uniform()) / shape;
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double z = random.normal(), root = 1 + c * z;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(random.uniform()) < 0.5 * z * z + d - d * v + d * std::log(v)) {
      return std::log(d * v);
    }
  }
}

}  // namespace

MatrixXd simplex_candidates(Index bands, Index count, std::uint64_t seed) {
  if (bands < 1 || count < 1) throw InternalError("no candidates of banded ridge");
  MatrixXd candidates(count, bands);
  candidates.row(0).setConstant(1 / static_cast<double>(bands));
  Stream random(seed, "banded ridge/candidates");
  for (Index i = 1; i < count; ++i) {
    const double concentration = i % 2 == 1 ? 1.0 : 0.1;
    for (Index b = 0; b < bands; ++b) candidates(i, b) = log_gamma_draw(concentration, random);
    candidates.row(i) = (candidates.row(i).array() - candidates.row(i).maxCoeff()).exp();
    candidates.row(i) /= candidates.row(i).sum();
  }
  return candidates;
}

}  // namespace insula::regression
