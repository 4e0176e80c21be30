// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/group_check.h"

#include <set>
#include <string>

#include "framework/base/error.h"

namespace insula::inference::detail {
namespace {

void require(bool is_so, const std::string& claim) {
  if (!is_so) throw InternalError("inference: " + claim);
}

}  // namespace

void check(const GroupProblem& problem, const GroupOptions& options) {
  const std::size_t subjects = problem.subjects.size();
  require(subjects > 0, "a group needs a subject");
  require(problem.subject.size() == subjects, "every subject of a group needs a name");
  require(std::set<std::string>(problem.subject.begin(), problem.subject.end()).size() == subjects,
          "subjects of a group need different names");
  const Problem& one = problem.subjects[0];
  require(one.scales.empty(), "a group learns its own scales of priors, not those of its subjects");
  for (std::size_t s = 1; s < subjects; ++s) {
    const Problem& other = problem.subjects[s];
    require(other.parameter == one.parameter && other.prior_mean == one.prior_mean &&
                other.prior_variance == one.prior_variance,
            "subject '" + problem.subject[s] + "' has other parameters or priors than '" +
                problem.subject[0] + "'");
  }
  require(problem.hierarchical.empty() || problem.hierarchical.size() == one.parameter.size(),
          "parameters and what is hierarchical of them differ in number");
  const Eigen::MatrixXd& design = problem.design;
  require(design.rows() == static_cast<Eigen::Index>(subjects) && design.cols() > 0 &&
              design.allFinite() && (design.col(0).array() == 1).all(),
          "a group's design needs a finite row for each subject and a first column of ones");
  require((design.colwise().squaredNorm().array() > 0).all(), "a covariate is zero everywhere");
  require(
      options.mean_widening > 0 && options.variance_ratio > 0 && options.log_variance_variance > 0,
      "the group's priors need positive widths");
}

}  // namespace insula::inference::detail
