// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/group_effects.h"
#include "framework/experiment/detail/decimals.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>

#include "framework/base/random.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/inference/empirical_bayes.h"
#include "framework/inference/model_search.h"
#include "framework/numerics/statistics.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using inference::EmpiricalBayes;
using report::GroupRow;

constexpr double kIsThere = 0.95;  // probability of an effect that a sentence tells

// One hypothesis' group: which parameters, which subjects, and what the design's columns mean.
struct Group {
  const GroupAnalysis& analysis;
  const ModelRun& model;
  std::vector<std::size_t> parameter;    // of the architecture
  std::vector<std::size_t> subject;      // of the dataset
  std::vector<std::size_t> in_doubt;     // of them: fits that did not converge
  std::vector<CovariateEffect> effects;  // columns after the first
  inference::GroupOfFits fits;
  inference::EmpiricalBayesOptions options;

  const architecture::Parameter& at(Index h) const {
    return model.architecture->parameters[parameter[static_cast<std::size_t>(h)]];
  }
  Index parameters() const { return static_cast<Index>(parameter.size()); }
  std::string effect(Index column) const {
    return column == 0 ? "mean" : effects[static_cast<std::size_t>(column - 1)].name;
  }
  GroupRow row(const std::string& quantity) const {
    GroupRow row;
    row.model = model.name;
    row.quantity = quantity;
    return row;
  }
};

void set_normal(double mean, double sd, GroupRow& row) {
  const double width = normal_quantile(0.975);
  row.value = mean;
  row.sd = sd;
  row.low = mean - width * sd;
  row.high = mean + width * sd;
}

// Fits of the group's subjects, of the parameters that the patterns name.
void add_fits(const RunData& data, const std::vector<std::string>& patterns, Group& group) {
  const std::vector<std::size_t> free = group.model.architecture->free_parameters();
  std::vector<Index> place;
  group.parameter.clear();
  for (std::size_t k = 0; k < free.size(); ++k)
    if (is_named_by(group.model.architecture->parameters[free[k]].name, patterns)) {
      group.parameter.push_back(free[k]);
      place.push_back(static_cast<Index>(k));
    }
  group.fits = {};
  group.fits.prior_mean.resize(group.parameters());
  group.fits.prior_variance.resize(group.parameters());
  for (Index h = 0; h < group.parameters(); ++h) {
    group.fits.prior_mean[h] = group.at(h).prior_mean;
    group.fits.prior_variance[h] = group.at(h).prior_sd * group.at(h).prior_sd;
  }
  std::vector<Index> rows;
  for (const std::size_t s : group.subject) {
    const PartResult& part = group.model.parts[s][0];
    const inference::Fit& fit = part.fit;
    group.fits.posterior.push_back({fit.mean(place), fit.covariance(place, place)});
    group.fits.free_energy.push_back(part.summary.evidence());
    rows.push_back(static_cast<Index>(s));
  }
  group.fits.design = group_design(data.experiment.dataset, group.effects)(rows, Eigen::all);
  for (Index c = 1; c < group.fits.design.cols(); ++c)
    group.fits.design.col(c).array() -= group.fits.design.col(c).mean();
}

// Off is 0, of an effect and of what may have either sign; of other parameters the prior's middle.
double off_of(const Group& group, Index effect) {
  const Index h = effect % group.parameters();
  return effect < group.parameters() && group.at(h).domain != Domain::real ? group.at(h).prior_mean
                                                                           : 0;
}

void add_effects(const Group& group, const EmpiricalBayes& found, report::Results& results) {
  std::vector<inference::Switch> all;
  for (Index i = 0; i < found.effects.mean.size(); ++i) all.push_back({i, off_of(group, i)});
  const inference::ModelSearch search = inference::search_models(found.prior, found.effects, all);
  for (const bool is_average : {false, true}) {
    const inference::GaussianBelief& belief = is_average ? search.average : found.effects;
    for (Index i = 0; i < belief.mean.size(); ++i) {
      const Index h = i % group.parameters(), column = i / group.parameters();
      GroupRow row = group.row(is_average ? "average" : "effect");
      row.parameter = group.at(h).name;
      row.effect = group.effect(column);
      row.unit = column == 0 ? "" : group.effects[static_cast<std::size_t>(column - 1)].means;
      // Of an effect that is off in all models of an average, rounding is left.
      set_normal(belief.mean[i], std::sqrt(std::max(0.0, belief.covariance(i, i))), row);
      if (is_average) row.probability = search.inclusion[i];
      results.group.push_back(std::move(row));
    }
  }
  const double width = normal_quantile(0.975);
  for (Index h = 0; h < group.parameters(); ++h) {
    GroupRow row = group.row("spread");
    row.parameter = group.at(h).name;
    row.value = std::sqrt(found.variance[h]);
    row.low = row.value * std::exp(-0.5 * width * found.log_variance_sd[h]);
    row.high = row.value * std::exp(0.5 * width * found.log_variance_sd[h]);
    results.group.push_back(std::move(row));
  }
  GroupRow row = group.row("free_energy");
  row.value = found.free_energy;
  row.unit = "nats";
  results.group.push_back(std::move(row));
}

// The switches of a candidate in one column of the design.
void switch_candidate(const Group& group,
                      const GroupAnalysis::Candidate& candidate,
                      Index column,
                      std::vector<inference::Switch>& off) {
  for (Index h = 0; h < group.parameters(); ++h) {
    const Index i = column * group.parameters() + h;
    if (!is_named_by(group.at(h).name, candidate.on)) off.push_back({i, off_of(group, i)});
  }
}

// Probabilities of families of the mean (down) and of the effect (across), all pairs of families
// equally likely beforehand, whatever their sizes.
// source  Penny et al. 2010, PLoS Comput. Biol. 6:e1000709
void add_families(const Group& group,
                  const ModelDivision& division,
                  const Eigen::MatrixXd& weight,
                  report::Results& results) {
  const auto n = static_cast<Index>(division.families.size());
  const bool is_pair = weight.cols() > 1;
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(n, is_pair ? n : 1);
  const auto mean_of = [&](Index a, Index b) {
    double sum = 0;
    const auto& of_mean = division.families[static_cast<std::size_t>(a)].members;
    const auto& of_effect = division.families[static_cast<std::size_t>(b)].members;
    for (const std::size_t i : of_mean) {
      if (!is_pair) sum += weight(static_cast<Index>(i), 0);
      for (const std::size_t j : of_effect)
        if (is_pair)
          sum += weight(static_cast<Index>(i), static_cast<Index>(j)) /
                 static_cast<double>(of_effect.size());
    }
    return sum / static_cast<double>(of_mean.size());
  };
  for (Index a = 0; a < p.rows(); ++a)
    for (Index b = 0; b < p.cols(); ++b) p(a, b) = mean_of(a, b);
  p /= p.sum();
  const auto add = [&](const std::string& quantity, Index a, Index b, double probability) {
    GroupRow row = group.row(quantity);
    row.division = division.name;
    row.effect = quantity == "families" || b > 0 ? group.effect(is_pair ? 1 : 0) : "mean";
    row.name = division.families[static_cast<std::size_t>(a)].name;
    if (quantity == "families") row.other = division.families[static_cast<std::size_t>(b)].name;
    row.probability = probability;
    results.group.push_back(std::move(row));
  };
  for (Index a = 0; is_pair && a < n; ++a)
    for (Index b = 0; b < n; ++b) add("families", a, b, p(a, b));
  for (Index a = 0; a < n; ++a) add("family", a, 0, p.row(a).sum());
  for (Index b = 0; is_pair && b < n; ++b) add("family", b, 1, p.col(b).sum());
}

void add_candidates(const Group& group, const EmpiricalBayes& found, report::Results& results) {
  const auto& candidates = group.analysis.candidates;
  const auto n = static_cast<Index>(candidates.size());
  if (n == 0) return;
  const bool is_pair = !group.effects.empty();
  Eigen::MatrixXd change(n, is_pair ? n : 1);
  for (Index i = 0; i < change.rows(); ++i)
    for (Index j = 0; j < change.cols(); ++j) {
      std::vector<inference::Switch> off;
      switch_candidate(group, candidates[static_cast<std::size_t>(i)], 0, off);
      if (is_pair) switch_candidate(group, candidates[static_cast<std::size_t>(j)], 1, off);
      change(i, j) = inference::switch_off(found.prior, found.effects, off).log_evidence_change;
    }
  const Eigen::MatrixXd weight = (change.array() - change.maxCoeff()).exp();
  const Eigen::MatrixXd p = weight / weight.sum();
  for (Index i = 0; i < p.rows(); ++i)
    for (Index j = 0; j < p.cols(); ++j) {
      GroupRow row = group.row("candidates");
      row.effect = group.effect(is_pair ? 1 : 0);
      row.name = candidates[static_cast<std::size_t>(i)].name;
      if (is_pair) row.other = candidates[static_cast<std::size_t>(j)].name;
      row.value = change(i, j);
      row.unit = "nats";
      row.probability = p(i, j);
      results.group.push_back(std::move(row));
    }
  for (Index column = 0; column < (is_pair ? 2 : 1); ++column)
    for (Index i = 0; i < n; ++i) {
      GroupRow row = group.row("candidate");
      row.effect = group.effect(column);
      row.name = candidates[static_cast<std::size_t>(i)].name;
      row.probability = column == 0 ? p.row(i).sum() : p.col(i).sum();
      results.group.push_back(std::move(row));
    }
  for (const ModelDivision& division : group.analysis.divisions)
    add_families(group, division, weight, results);
}

// Every subject's covariate from its own parameters and the group of all others.
void add_prediction(const RunData& data, Group group, report::Results& results) {
  const GroupAnalysis& analysis = group.analysis;
  if (analysis.predicted.empty()) return;
  if (!analysis.predictors.empty()) add_fits(data, analysis.predictors, group);
  if (group.parameters() == 0) return;
  const auto found =
      std::ranges::find(group.effects, analysis.predicted, &CovariateEffect::covariate);
  if (found == group.effects.end()) return;
  const Index column = 1 + (found - group.effects.begin());
  const auto predicted = inference::predict_covariate(group.fits, column, group.options);
  const VectorXd observed = group.fits.design.col(column);
  VectorXd mean(observed.size());
  for (Index s = 0; s < observed.size(); ++s) {
    const auto& one = predicted[static_cast<std::size_t>(s)];
    GroupRow row = group.row("prediction");
    row.effect = found->name;
    row.unit = found->means;
    row.name = data.experiment.dataset.subjects[group.subject[static_cast<std::size_t>(s)]].id;
    set_normal(one.mean, one.sd, row);
    row.observed = observed[s];
    mean[s] = one.mean;
    results.group.push_back(std::move(row));
  }
  const auto n = static_cast<int>(observed.size());
  GroupRow row = group.row("correlation");
  row.effect = found->name;
  row.value = numerics::correlation(mean, observed);
  // Fisher 1921, Metron 1:3
  const double z = std::atanh(row.value), width = normal_quantile(0.975) / std::sqrt(n - 3);
  row.low = std::tanh(z - width);
  row.high = std::tanh(z + width);
  row.probability = numerics::student_distribution(
      -row.value * std::sqrt((n - 2) / (1 - row.value * row.value)), n - 2);
  results.group.push_back(std::move(row));
}

std::string probability_of(double p) { return p > 0.995 ? "above 0.99" : decimals(p, 2); }

// What a reader would quote: effects of covariates that are there, and how well they are predicted.
void add_sentence(const RunData& data,
                  const Group& group,
                  std::size_t first_row,
                  report::Results& results) {
  report::Verdict v;
  v.model = group.model.name;
  v.channel = "mean";
  v.metric = "group_effect";
  std::vector<std::string> there, prediction;
  for (std::size_t i = first_row; i < results.group.size(); ++i) {
    const GroupRow& row = results.group[i];
    const std::string interval = " [" + decimals(row.low, 2) + ", " + decimals(row.high, 2) + "]";
    if (row.quantity == "average" && row.effect != "mean" && row.probability > kIsThere) {
      there.push_back(row.effect + " moves " + row.parameter + " by " + decimals(row.value, 2) +
                      interval + " " + row.unit + ", probability " +
                      probability_of(row.probability));
      v.other = row.effect;
      v.value = row.value;
      v.low = row.low;
      v.high = row.high;
    } else if (row.quantity == "correlation") {
      prediction.push_back("left out one by one, subjects' " + row.effect +
                           " is predicted with r = " + decimals(row.value, 2) + interval);
    }
  }
  v.sentence = "In the group of " + std::to_string(group.subject.size()) + ", " + v.model + ": ";
  if (there.empty() && !group.effects.empty())
    v.sentence += "no covariate moves a parameter with probability above 0.95";
  else if (there.empty())
    return;
  v.sentence += join(there, "; ");
  if (!prediction.empty()) v.sentence += "; " + join(prediction, "; ");
  if (!group.in_doubt.empty()) {
    std::vector<std::string> names;
    for (const std::size_t s : group.in_doubt)
      names.push_back(data.experiment.dataset.subjects[s].id);
    v.sentence += " (fits that did not converge: " + join(names, ", ") + ")";
  }
  v.sentence += ".";
  results.verdicts.push_back(std::move(v));
}

void add_group(const RunData& data, const ModelRun& model, report::Results& results) {
  Group group{*data.experiment.group, model, {}, {}, {}, {}, {}, {}};
  const std::string what = "group effects of " + model.name;
  group.options.is_spm = data.experiment.spm;
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    const PartResult& part = model.parts[s][0];
    if (part.fit.covariance.size() > 0) {
      group.subject.push_back(s);
      if (!part.fit.converged()) group.in_doubt.push_back(s);
    } else {
      results.not_computed.emplace_back(
          what + ": subject " + data.experiment.dataset.subjects[s].id, "it has no fit");
    }
  }
  group.effects = covariate_effects(data.experiment.dataset, group.analysis.covariates);
  if (group.subject.size() < 2 + group.effects.size()) {
    results.not_computed.emplace_back(what, "too few subjects have a fit");
    return;
  }
  add_fits(data, group.analysis.parameters, group);
  if (group.parameters() == 0) {
    results.not_computed.emplace_back(what, "it has none of the group's parameters");
    return;
  }
  const EmpiricalBayes found = inference::empirical_bayes(group.fits, group.options);
  if (!found.converged) {
    results.not_computed.emplace_back(what, "empirical Bayes did not converge");
    return;
  }
  const std::size_t first_row = results.group.size();
  add_effects(group, found, results);
  add_candidates(group, found, results);
  add_prediction(data, group, results);
  add_sentence(data, group, first_row, results);
}

}  // namespace

bool is_named_by(const std::string& name, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
  });
}

void add_group_effects(const RunData& data, report::Results& results) {
  if (!data.experiment.group) return;
  for (const ModelRun& model : data.models)
    if (model.kind == "hypothesis") add_group(data, model, results);
}

}  // namespace insula::experiment
