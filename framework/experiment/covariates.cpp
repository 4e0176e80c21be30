// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/covariates.h"

#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment {
namespace {

using dataset::Covariate;
using Eigen::Index;
using Eigen::VectorXd;

// A column that keeps less than this share of its length beside those before it says nothing of
// its own: what is left is rounding.
constexpr double kCollinear = 1e-8;

VectorXd centred(const VectorXd& values) { return values.array() - values.mean(); }

void add_number(const Covariate& c, const VectorXd& value, std::vector<CovariateEffect>& effects) {
  const VectorXd apart = centred(value);
  const double sd = std::sqrt(apart.squaredNorm() / static_cast<double>(apart.size()));
  const std::string unit = c.unit == "1" ? "" : " " + c.unit;
  effects.push_back(
      {c.name, c.name, "per sd of " + c.name + " (" + short_number(sd) + unit + ")", apart / sd});
}

void add_levels(const Covariate& c, const VectorXd& value, std::vector<CovariateEffect>& effects) {
  std::vector<std::size_t> present;
  for (std::size_t level = 0; level < c.levels.size(); ++level)
    if ((value.array() == static_cast<double>(level)).any()) present.push_back(level);
  for (std::size_t k = 1; k < present.size(); ++k) {
    const VectorXd is_level =
        (value.array() == static_cast<double>(present[k])).cast<double>().matrix();
    effects.push_back({c.name,
                       c.name + "." + c.levels[present[k]],
                       c.levels[present[k]] + " against " + c.levels[present[0]],
                       centred(is_level)});
  }
}

const Covariate* find(const dataset::Dataset& data, const std::string& name) {
  const auto found = std::ranges::find(data.covariates, name, &Covariate::name);
  return found == data.covariates.end() ? nullptr : &*found;
}

std::vector<std::string> subjects_without(const Covariate& c, const dataset::Dataset& data) {
  std::vector<std::string> ids;
  for (std::size_t s = 0; s < c.value.size(); ++s)
    if (std::isnan(c.value[s])) ids.push_back("'" + data.subjects[s].id + "'");
  return ids;
}

// True if it can be used.
bool check_covariate(const dataset::Dataset& data, const config::Node& node, Mistakes& mistakes) {
  const std::string& name = node.scalar();
  const Covariate* c = find(data, name);
  if (c == nullptr) {
    std::vector<std::string> names;
    for (const Covariate& known : data.covariates) names.push_back(known.name);
    mistakes.add(node.place(),
                 "dataset '" + data.name + "' has no covariate '" + name + "'",
                 names.empty() ? "'participants' of a dataset names the table that holds them"
                               : name_hint(name, names));
    return false;
  }
  const std::vector<std::string> lacking = subjects_without(*c, data);
  if (!lacking.empty()) {
    mistakes.add(node.place(),
                 "'" + name + "' is missing for " +
                     (lacking.size() > 1 ? "subjects " : "subject ") + in_words(lacking),
                 "a group's covariates are known of every subject; leave the subject or the "
                 "covariate out");
    return false;
  }
  if (std::ranges::adjacent_find(c->value, std::not_equal_to<>()) == c->value.end()) {
    mistakes.add(node.place(),
                 "'" + name + "' is the same in all subjects, so it cannot have an effect",
                 "remove it");
    return false;
  }
  return true;
}

void check_apart(const dataset::Dataset& data,
                 const std::vector<std::string>& names,
                 const config::Node& covariates,
                 Mistakes& mistakes) {
  const std::vector<CovariateEffect> effects = covariate_effects(data, names);
  const std::size_t n = data.subjects.size();
  if (effects.size() + 1 >= n) {
    mistakes.add(covariates.place(),
                 "a mean and " + std::to_string(effects.size()) +
                     (effects.size() > 1 ? " effects" : " effect") +
                     " of covariates need more subjects than " + std::to_string(n),
                 "a factor has an effect for each level but the first; subjects' spread is told "
                 "by what their effects leave");
    return;
  }
  std::vector<VectorXd> basis;  // orthonormal; ones are orthogonal to all columns
  std::vector<std::string> before;
  for (const CovariateEffect& effect : effects) {
    VectorXd rest = effect.column;
    // Twice is enough (Giraud et al. 2005, Numer. Math. 101:87).
    for (int pass = 0; pass < 2; ++pass)
      for (const VectorXd& direction : basis) rest -= direction * direction.dot(rest);
    if (rest.norm() < kCollinear * effect.column.norm()) {
      mistakes.add(covariates.place(),
                   "'" + effect.name + "' follows from " + in_words(before) +
                       " in all subjects: their effects cannot be told apart",
                   "leave one of them out");
      return;
    }
    basis.push_back(rest.normalized());
    before.push_back("'" + effect.name + "'");
  }
}

}  // namespace

std::vector<CovariateEffect> covariate_effects(const dataset::Dataset& dataset,
                                               const std::vector<std::string>& names) {
  std::vector<CovariateEffect> effects;
  for (const std::string& name : names) {
    const Covariate* c = find(dataset, name);
    if (c == nullptr) continue;
    const Eigen::Map<const VectorXd> value(c->value.data(), static_cast<Index>(c->value.size()));
    if ((value.array() == value[0]).all()) continue;
    if (c->levels.empty())
      add_number(*c, value, effects);
    else
      add_levels(*c, value, effects);
  }
  return effects;
}

Eigen::MatrixXd group_design(const dataset::Dataset& dataset,
                             const std::vector<CovariateEffect>& effects) {
  Eigen::MatrixXd design = Eigen::MatrixXd::Ones(static_cast<Index>(dataset.subjects.size()),
                                                 1 + static_cast<Index>(effects.size()));
  for (std::size_t k = 0; k < effects.size(); ++k)
    design.col(1 + static_cast<Index>(k)) = effects[k].column;
  return design;
}

namespace detail {

void check_covariates(const dataset::Dataset& data,
                      const config::Node& covariates,
                      Mistakes& mistakes) {
  if (covariates.is_missing()) return;
  bool is_right = true;
  std::vector<std::string> named;
  const std::vector<config::Node> items =
      covariates.is_list() ? covariates.items() : std::vector<config::Node>{covariates};
  for (const config::Node& item : items) {
    if (std::ranges::find(named, item.scalar()) != named.end()) {
      mistakes.add(item.place(), "covariate '" + item.scalar() + "' is listed twice");
      is_right = false;
      continue;
    }
    named.push_back(item.scalar());
    is_right = check_covariate(data, item, mistakes) && is_right;
  }
  if (is_right && !named.empty()) check_apart(data, named, covariates, mistakes);
}

}  // namespace detail
}  // namespace insula::experiment
