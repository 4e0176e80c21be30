// SPDX-License-Identifier: Apache-2.0
// DCM.M: pE holds prior means by name, pC their covariance in the order of the fields of pE, each
// column by column (spm_vec).
#include "framework/dataset/detail/spm_priors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/base/text.h"

namespace insula::dataset::detail {
namespace {

// Whoever has more, or lacks one, has another state equation than spm_fx_fmri's bilinear one.
constexpr std::array kSpmParameters{"A", "B", "C", "D", "transit", "decay", "epsilon"};

void refuse_other_equations(const MatlabNode& means) {
  std::vector<std::string> others;
  for (const std::string& field : means.value().fields) {
    if (std::ranges::find(kSpmParameters, field) == kSpmParameters.end())
      others.push_back("'" + field + "'");
  }
  if (!others.empty())
    means.refuse("has the parameters " + in_words(others) +
                     ", which SPM's bilinear state equation does not have: this DCM was estimated "
                     "with another equation (DCM.M.f)",
                 "remove DCM.M in MATLAB (DCM = rmfield(DCM, 'M')) to import its data and "
                 "structure as a bilinear model");
}

// Walks through pC as spm_vec orders it.
class Walk {
 public:
  Walk(const MatlabNode& means, const MatlabNode& covariance)
      : means_(means), covariance_(covariance), variances_(covariance.matrix().diagonal()) {}

  // All entries of a field in MATLAB's order; `count` is how many there must be.
  std::vector<SpmPrior> field(const std::string& name, std::size_t count) {
    const MatlabNode node = means_.at(name);
    std::vector<SpmPrior> priors;
    if (node.value().count() != count)
      node.refuse("has " + std::to_string(node.value().count()) + " numbers, expected " +
                  std::to_string(count));
    if (count == 0) return priors;
    for (const Eigen::MatrixXd& page : node.pages()) {
      for (Eigen::Index k = 0; k < page.size(); ++k) priors.push_back({page(k), next()});
    }
    return priors;
  }

  void expect_end() const {
    if (at_ != variances_.size()) covariance_.refuse(wrong_size());
  }

 private:
  double next() {
    if (at_ >= variances_.size()) covariance_.refuse(wrong_size());
    const double variance = variances_[at_++];
    if (!(variance >= 0) || !std::isfinite(variance))
      covariance_.refuse("holds a variance of " + short_number(variance));
    return variance;
  }
  std::string wrong_size() const {
    return "is of " + std::to_string(variances_.size()) +
           " parameters, which are not as many as the prior means";
  }

  const MatlabNode& means_;
  const MatlabNode& covariance_;
  Eigen::VectorXd variances_;
  Eigen::Index at_ = 0;
};

// Column-major numbers as [page][row][column].
std::vector<std::vector<std::vector<SpmPrior>>> by_page(const std::vector<SpmPrior>& flat,
                                                        std::size_t rows,
                                                        std::size_t columns) {
  std::vector<std::vector<std::vector<SpmPrior>>> pages(
      flat.size() / (rows * columns),
      std::vector<std::vector<SpmPrior>>(rows, std::vector<SpmPrior>(columns)));
  for (std::size_t k = 0; k < flat.size(); ++k)
    pages[k / (rows * columns)][k % rows][k / rows % columns] = flat[k];
  return pages;
}

}  // namespace

std::optional<SpmPriors> read_spm_priors(const MatlabNode& m, const SpmDcm& model) {
  if (!m.has("pE") || !m.has("pC")) return {};
  const MatlabNode means = m.at("pE"), covariance = m.at("pC");
  refuse_other_equations(means);
  const std::size_t n = model.regions.size(), inputs = model.inputs.size();
  SpmPriors priors;
  Walk walk(means, covariance);
  for (const std::string& field : means.value().fields) {
    if (field == "A") priors.a = by_page(walk.field(field, n * n), n, n).front();
    if (field == "B") priors.b = by_page(walk.field(field, n * n * inputs), n, n);
    if (field == "C") priors.c = by_page(walk.field(field, n * inputs), n, inputs).front();
    if (field == "D") priors.d = by_page(walk.field(field, means.at(field).value().count()), n, n);
    if (field == "transit") priors.transit = walk.field(field, n);
    if (field == "decay") priors.decay = walk.field(field, 1).front();
    if (field == "epsilon") priors.epsilon = walk.field(field, 1).front();
  }
  walk.expect_end();
  for (const char* field : kSpmParameters) means.at(field);  // none may be missing
  return priors;
}

}  // namespace insula::dataset::detail
