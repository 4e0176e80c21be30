// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/varx.h"

#include <limits>

#include "framework/numerics/linear_algebra.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

Index run_end(const std::vector<Index>& run_start, std::size_t run, Index rows) {
  return run + 1 < run_start.size() ? run_start[run + 1] : rows;
}

}  // namespace

double Lags::spectral_radius() const {
  if (a.empty()) return 0;
  const Index channels = a[0].rows(), lags = static_cast<Index>(a.size());
  MatrixXd companion = MatrixXd::Zero(channels * lags, channels * lags);
  for (Index l = 0; l < lags; ++l) {
    companion.block(0, l * channels, channels, channels) = a[static_cast<std::size_t>(l)];
  }
  companion.bottomLeftCorner(channels * (lags - 1), channels * (lags - 1)).setIdentity();
  return numerics::spectral_radius(companion);
}

MatrixXd simulate(const Lags& lags,
                  const MatrixXd& drive,
                  const VectorXd& rest,
                  const std::vector<Index>& run_start) {
  const Index channels = drive.cols();
  // Transposed, so that one moment is contiguous.
  MatrixXd series = drive.transpose();
  for (std::size_t run = 0; run < run_start.size(); ++run) {
    for (Index t = run_start[run]; t < run_end(run_start, run, drive.rows()); ++t) {
      double* now = series.col(t).data();
      for (std::size_t l = 0; l < lags.a.size(); ++l) {
        const Index source = t - static_cast<Index>(l) - 1;
        const double* past = source < run_start[run] ? rest.data() : series.col(source).data();
        const double* weight = lags.a[l].data();
        for (Index from = 0; from < channels; ++from) {
          for (Index to = 0; to < channels; ++to) now[to] += *weight++ * past[from];
        }
      }
    }
  }
  return series.transpose();
}

MatrixXd lag_columns(const MatrixXd& data, int lags, const std::vector<Index>& run_start) {
  const Index channels = data.cols();
  MatrixXd columns =
      MatrixXd::Constant(data.rows(), lags * channels, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t run = 0; run < run_start.size(); ++run) {
    const Index first = run_start[run], n = run_end(run_start, run, data.rows()) - first;
    for (Index l = 1; l <= lags && l < n; ++l) {
      columns.block(first + l, (l - 1) * channels, n - l, channels) =
          data.block(first, 0, n - l, channels);
    }
  }
  return columns;
}

}  // namespace insula::regression
