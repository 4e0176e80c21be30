// SPDX-License-Identifier: Apache-2.0
// The published regressions of reading measures on surprisal, from the shipped manifest to the
// printed digits.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numbers>
#include <sstream>

#include "framework/dataset/dataset.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/regression/least_squares.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Words without a missing value.
class Words {
 public:
  explicit Words(const dataset::Trials& trials) : trials_(trials) {
    for (const std::size_t i : trials.in_use()) {
      bool is_whole = true;
      for (const dataset::TrialColumn& c : trials.columns)
        is_whole = is_whole && std::isfinite(c.value[i]);
      if (is_whole) rows_.push_back(i);
    }
  }
  Index count() const { return static_cast<Index>(rows_.size()); }
  VectorXd operator[](const std::string& name) const {
    const std::vector<double> values = values_of(trials_, name);
    VectorXd column(count());
    for (Index i = 0; i < count(); ++i) column[i] = values[rows_[static_cast<std::size_t>(i)]];
    return column;
  }

 private:
  const dataset::Trials& trials_;
  std::vector<std::size_t> rows_;
};

struct Ols {
  VectorXd b, t;
  double log_likelihood = 0, parameters = 0;
  double degrees = 0;  // of freedom

  // Of the null hypothesis that a coefficient is 0, two-sided.
  double p(Index j) const {
    const boost::math::students_t student(degrees);
    return 2 * boost::math::cdf(boost::math::complement(student, std::abs(t[j])));
  }
  double aic() const { return 2 * parameters - 2 * log_likelihood; }
};

Ols ordinary_least_squares(const MatrixXd& x, const VectorXd& y) {
  Ols fit;
  fit.parameters = static_cast<double>(x.cols());
  fit.degrees = static_cast<double>(y.size() - x.cols());
  fit.b = regression::least_squares(x, VectorXd::Zero(x.cols()), y);
  const double rss = (y - x * fit.b).squaredNorm(), n = static_cast<double>(y.size());
  const MatrixXd inverse = (x.transpose() * x).inverse();
  const double variance = rss / fit.degrees;
  fit.t = fit.b.cwiseQuotient((variance * inverse.diagonal()).cwiseSqrt());
  fit.log_likelihood = -0.5 * n * (std::log(2 * std::numbers::pi * rss / n) + 1);
  return fit;
}

MatrixXd baseline_columns(const Words& words) {
  MatrixXd x(words.count(), 7);
  x.col(0).setOnes();
  x.col(1) = words["frequency"];
  x.col(2) = words["length"];
  x.col(3) = words["context_length"];
  x.col(4) = x.col(1).cwiseProduct(x.col(2));
  x.col(5) = x.col(1).cwiseProduct(x.col(3));
  x.col(6) = x.col(2).cwiseProduct(x.col(3));
  return x;
}

// source  published_results_linear.csv of the dataset: dv ~ frequency, length and position of the
//         word, their products, and one measure of how predictable it was
TEST(Reading, PublishedRegressionsAreReproducedToTheirDigits) {
  const char* folder = std::getenv("INSULA_DATA");
  if (folder == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
  const dataset::Dataset data =
      dataset::load(INSULA_ROOT "/datasets/devarda2023-ucl-reading/dataset.yaml");
  const Words words(data.subjects.at(0).runs.at(0).trials.at(0));
  ASSERT_EQ(words.count(), 1466);
  const MatrixXd baseline = baseline_columns(words);
  std::ifstream table(std::string(folder) +
                      "/devarda2023-ucl-reading/published_results_linear.csv");
  int regressions = 0;
  std::string line;
  std::getline(table, line);
  ASSERT_EQ(line, ",dv,iv,b,t,p,llik,llik_baseline,D_llik,D_AIC");
  while (std::getline(table, line)) {
    std::vector<std::string> cells;
    std::istringstream cut(line);
    for (std::string cell; std::getline(cut, cell, ',');) cells.push_back(cell);
    SCOPED_TRACE(cells.at(1) + " on " + cells.at(2));
    const double b = std::stod(cells.at(3)), t = std::stod(cells.at(4)), p = std::stod(cells.at(5)),
                 llik = std::stod(cells.at(6)), llik_baseline = std::stod(cells.at(7)),
                 llik_gain = std::stod(cells.at(8)), aic_change = std::stod(cells.at(9));
    const VectorXd y = words[cells[1]];
    MatrixXd x(words.count(), 8);
    x << baseline, words[cells[2]];
    const Ols without = ordinary_least_squares(baseline, y), with = ordinary_least_squares(x, y);
    const auto digits = [](double published) {
      return Tolerance::because(1e-9 * std::max(1.0, std::abs(published)),
                                "printed to 15 digits; normal equations of products lose six");
    };
    EXPECT_CLOSE(with.b[7], b, digits(b));
    EXPECT_CLOSE(with.t[7], t, digits(t));
    EXPECT_CLOSE(with.log_likelihood, llik, digits(llik));
    EXPECT_CLOSE(without.log_likelihood, llik_baseline, digits(llik_baseline));
    EXPECT_CLOSE(with.p(7) / p, 1, Tolerance::because(1e-7, "an error of t, times t"));
    const auto of_difference = Tolerance::because(1e-8, "of numbers of 10^4, with their digits");
    EXPECT_CLOSE(with.log_likelihood - without.log_likelihood, llik_gain, of_difference);
    EXPECT_CLOSE(with.aic() - without.aic(), aic_change, of_difference);
    ++regressions;
  }
  EXPECT_EQ(regressions, 165);
}

}  // namespace
}  // namespace insula::experiment
