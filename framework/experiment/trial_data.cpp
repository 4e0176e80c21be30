// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_data.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/experiment/detail/trial_windows.h"
#include "framework/simulation/system.h"

namespace insula::experiment {
namespace {

using architecture::TrialObservation;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using inference::packed;

Index as_index(std::size_t i) { return static_cast<Index>(i); }

VectorXd product_of(const dataset::Trials& trials, const std::vector<std::string>& factors) {
  const std::vector<std::size_t> in_use = trials.in_use();
  VectorXd product = VectorXd::Ones(as_index(in_use.size()));
  for (const std::string& factor : factors) {
    const std::vector<double> values = values_of(trials, factor);
    for (std::size_t i = 0; i < in_use.size(); ++i) product[as_index(i)] *= values[in_use[i]];
  }
  return product;
}

// Of trials without onsets, whose inputs are columns. `held` as in TrialRows.
VectorXd static_term_values(const dataset::Trials& trials,
                            const architecture::Term& term,
                            const MatrixXd& held) {
  VectorXd product = product_of(trials, term.factors).cwiseProduct(product_of(trials, term.inputs));
  for (Index i = 0; i < product.size() && !term.regions.empty(); ++i)
    if (held.col(i).hasNaN()) product[i] = kNaN;
  return product;
}

// All that is known of a term before any parameter is: its columns and inputs.
VectorXd term_values(const dataset::Run& run,
                     const dataset::Trials& trials,
                     const TrialObservation& observation,
                     const architecture::Term& term,
                     const std::vector<double>& moments) {
  const std::vector<std::size_t> in_use = trials.in_use();
  VectorXd product = product_of(trials, term.factors);
  if (term.regions.empty() && term.inputs.empty()) return product;
  for (std::size_t i = 0; i < in_use.size(); ++i)
    if (std::isnan(moments[i])) product[as_index(i)] = kNaN;
  for (const std::string& input : term.inputs)
    for (std::size_t i = 0; i < in_use.size(); ++i)
      product[as_index(i)] *= taken_of(observation.window, *run.input(input), moments[i]);
  return product;
}

// natural = transform(η) and, if asked for, its first two derivatives. Source: FieldSpec::domain.
struct Link {
  VectorXd value, first, second;
};

Link link(const FieldSpec& field, const VectorXd& eta, bool with_derivatives) {
  Link l;
  if (field.domain == Domain::positive) {
    l.value = field.value * eta.array().exp();
    if (with_derivatives) l.first = l.second = l.value;
  } else if (field.domain == Domain::unit_interval) {
    l.value = (1 + (-eta.array()).exp()).inverse();
    if (!with_derivatives) return l;
    l.first = l.value.array() * (1 - l.value.array());
    l.second = l.first.array() * (1 - 2 * l.value.array());
  } else {
    l.value = eta;
    if (!with_derivatives) return l;
    l.first = VectorXd::Ones(eta.size());
    l.second = VectorXd::Zero(eta.size());
  }
  return l;
}

std::vector<Link> links(const TrialProblem& problem, const MatrixXd& eta, bool with_derivatives) {
  std::vector<Link> all;
  for (std::size_t q = 0; q < problem.named.size(); ++q) {
    const auto predictor = static_cast<std::size_t>(problem.named[q]);
    all.push_back(link(problem.observation->predictors[predictor].spec->intercept,
                       eta.col(as_index(q)),
                       with_derivatives));
  }
  return all;
}

MatrixXd natural_of(const TrialProblem& problem, const std::vector<Link>& links, Index rows) {
  const auto& predictors = problem.observation->predictors;
  MatrixXd natural(rows, as_index(predictors.size()));
  for (std::size_t p = 0; p < predictors.size(); ++p)
    natural.col(as_index(p)).setConstant(predictors[p].spec->unnamed);
  for (std::size_t q = 0; q < links.size(); ++q) natural.col(problem.named[q]) = links[q].value;
  return natural;
}

TrialData data_of(const TrialProblem& problem) {
  return {problem.rows.choice, problem.rows.answer, problem.rows.value};
}

// The kind's scores at natural predictors, carried over to η by the chain rule. A congruence: what
// was positive semi-definite stays so.
void score(const TrialProblem& problem,
           const MatrixXd& eta,
           inference::Scores& scores,
           bool with_derivatives) {
  const std::vector<Link> l = links(problem, eta, with_derivatives);
  const Index n = eta.rows(), k = as_index(problem.observation->predictors.size());
  TrialScores raw{VectorXd::Zero(n), MatrixXd(), MatrixXd()};
  if (with_derivatives) {
    raw.gradient = MatrixXd::Zero(n, k);
    raw.curvature = MatrixXd::Zero(n, k * (k + 1) / 2);
  }
  problem.observation->kind->score(
      data_of(problem), natural_of(problem, l, n), raw, with_derivatives);
  scores.value = raw.value;
  if (!with_derivatives) return;
  for (std::size_t q = 0; q < l.size(); ++q) {
    const Index p = problem.named[q];
    scores.gradient.col(as_index(q)) = raw.gradient.col(p).cwiseProduct(l[q].first);
    for (std::size_t r = 0; r <= q; ++r)
      scores.curvature.col(packed(as_index(q), as_index(r))) =
          raw.curvature.col(packed(p, problem.named[r])).array() * l[q].first.array() *
          l[r].first.array();
  }
}

void observe_information(const TrialProblem& problem, const MatrixXd& eta, MatrixXd& information) {
  const std::vector<Link> l = links(problem, eta, true);
  const Index n = eta.rows(), k = as_index(problem.observation->predictors.size());
  const MatrixXd natural = natural_of(problem, l, n);
  TrialScores raw{VectorXd::Zero(n), MatrixXd::Zero(n, k), MatrixXd::Zero(n, k * (k + 1) / 2)};
  problem.observation->kind->score(data_of(problem), natural, raw, true);
  MatrixXd exact = MatrixXd::Zero(n, k * (k + 1) / 2);
  problem.observation->kind->observed_information(data_of(problem), natural, exact);
  for (std::size_t q = 0; q < l.size(); ++q) {
    const Index p = problem.named[q];
    for (std::size_t r = 0; r <= q; ++r)
      information.col(packed(as_index(q), as_index(r))) =
          exact.col(packed(p, problem.named[r])).array() * l[q].first.array() * l[r].first.array();
    information.col(packed(as_index(q), as_index(q))).array() -=
        raw.gradient.col(p).array() * l[q].second.array();
  }
}

void standardise(TrialProblem& problem) {
  double n = 0, sum = 0, squares = 0;
  const std::vector<double>& value = problem.rows.value;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (problem.use[i]) n += 1, sum += value[i];
  problem.centre = n > 0 ? sum / n : 0;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (problem.use[i]) squares += std::pow(value[i] - problem.centre, 2);
  problem.scale = squares > 0 ? std::sqrt(squares / n) : 1;
  for (double& v : problem.rows.value) v = (v - problem.centre) / problem.scale;
}

}  // namespace

std::vector<double> values_of(const dataset::Trials& trials, const std::string& called) {
  if (const dataset::TrialColumn* column = trials.column(called)) return column->value;
  const std::size_t dot = called.find('.');
  const dataset::TrialFactor& factor = *trials.factor(called.substr(0, dot));
  int level = 1;
  if (dot != std::string::npos)
    level = static_cast<int>(std::ranges::find(factor.levels, called.substr(dot + 1)) -
                             factor.levels.begin());
  std::vector<double> values;
  for (const int v : factor.value)
    values.push_back(v == dataset::kMissing ? kNaN : v == level ? 1.0 : 0.0);
  return values;
}

const dataset::Trials* table_of(const dataset::Run& run, const TrialObservation& observation) {
  return observation.table.empty() ? (run.trials.size() == 1 ? &run.trials.front() : nullptr)
                                   : run.trial_table(observation.table);
}

std::vector<double> trial_times(const dataset::Run& run, const dataset::Trials& trials) {
  std::vector<double> times;
  for (const std::size_t trial : trials.in_use())
    times.push_back(run.duration > 0 ? trials.onset[trial]
                                     : static_cast<double>(times.size()) + 0.5);
  return times;
}

bool TrialRows::is_whole(std::size_t row, const TrialObservation& observation) const {
  const TrialKind& kind = *observation.kind;
  if (kind.needs_choice && std::isnan(choice[row])) return false;
  if (kind.needs_time && std::isnan(answer[row])) return false;
  if (kind.needs_value && std::isnan(value[row])) return false;
  return has_terms(row);
}

bool TrialRows::has_terms(std::size_t row) const {
  return std::ranges::all_of(terms,
                             [&](const MatrixXd& m) { return m.row(as_index(row)).allFinite(); });
}

TrialRows trial_rows(const dataset::Subject& subject,
                     const architecture::Architecture& architecture,
                     const TrialObservation& observation) {
  TrialRows rows;
  std::size_t count = 0;
  for (const dataset::Run& run : subject.runs) count += table_of(run, observation)->count_in_use();
  const bool of_static = is_static(subject.runs.front());
  if (of_static && !simulation::regions_in_terms(observation).empty())
    rows.input.resize(count_of_columns(architecture), as_index(count));
  for (const architecture::Predictor& p : observation.predictors)
    rows.terms.emplace_back(as_index(count), as_index(p.terms.size()));
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Trials& trials = *table_of(subject.runs[r], observation);
    const std::vector<std::size_t> in_use = trials.in_use();
    const Index first = as_index(rows.size());
    const Index here = as_index(in_use.size());
    const std::vector<double> moments =
        observation.has_window() && !of_static
            ? window_moments(subject.runs[r], trials, observation.window)
            : std::vector<double>(in_use.size(), kNaN);
    MatrixXd held;
    if (rows.input.cols() > 0)
      rows.input.middleCols(first, here) = held = held_inputs(architecture, trials);
    for (std::size_t p = 0; p < observation.predictors.size(); ++p)
      for (std::size_t t = 0; t < observation.predictors[p].terms.size(); ++t) {
        const architecture::Term& term = observation.predictors[p].terms[t];
        rows.terms[p].col(as_index(t)).segment(first, here) =
            of_static ? static_term_values(trials, term, held)
                      : term_values(subject.runs[r], trials, observation, term, moments);
      }
    rows.moment.insert(rows.moment.end(), moments.begin(), moments.end());
    const dataset::TrialColumn* column =
        observation.value.empty() ? nullptr : trials.column(observation.value);
    for (const double time : trial_times(subject.runs[r], trials)) rows.time.push_back(time);
    for (const std::size_t trial : in_use) {
      rows.run.push_back(r);
      const bool answered = !trials.response.empty() && trials.response[trial] != dataset::kMissing;
      rows.choice.push_back(answered ? trials.response[trial] : kNaN);
      rows.answer.push_back(trials.response_time.empty() ? kNaN : trials.response_time[trial]);
      rows.value.push_back(column ? column->value[trial] : kNaN);
    }
  }
  return rows;
}

MatrixXd TrialProblem::natural(const MatrixXd& eta) const {
  return natural_of(*this, links(*this, eta, false), eta.rows());
}

std::unique_ptr<TrialProblem> assemble_trials(const architecture::Architecture& architecture,
                                              std::size_t observation,
                                              const dataset::Subject& subject,
                                              const Part& part) {
  auto problem = std::make_unique<TrialProblem>();
  problem->architecture = &architecture;
  problem->observation = &architecture.trials[observation];
  problem->first_parameter = architecture.trial_parameters[observation];
  problem->rows = trial_rows(subject, architecture, *problem->observation);
  problem->regions = simulation::regions_in_terms(*problem->observation);
  if (problem->rows.input.cols() > 0)
    problem->input_learners = rows_of_learners(architecture, subject);
  for (const architecture::Predictor& p : problem->observation->predictors)
    for (const architecture::Term& term : p.terms)
      for (const architecture::Signal& signal : term.signals)
        if (std::ranges::find(problem->signals, signal) == problem->signals.end()) {
          problem->signals.push_back(signal);
          problem->learned.push_back(
              simulation::learner_rows(subject, architecture.learners[signal.learner]));
        }
  for (std::size_t p = 0; p < problem->observation->predictors.size(); ++p)
    if (problem->observation->predictors[p].named) problem->named.push_back(static_cast<int>(p));
  const std::string& name = problem->observation->name;
  for (std::size_t i = 0; i < problem->rows.size(); ++i) {
    problem->whole.push_back(problem->rows.is_whole(i, *problem->observation) &&
                             part.compares(name, i));
    problem->use.push_back(problem->whole[i] &&
                           part.trains(name, problem->rows.run[i], problem->rows.time[i]));
  }
  if (problem->observation->kind->needs_value) standardise(*problem);
  return problem;
}

inference::Scored scored_data(const TrialProblem& problem) {
  inference::Scored scored;
  scored.recording = problem.observation->name;
  scored.name = "trials";
  scored.count = as_index(problem.rows.size());
  scored.predictors = static_cast<int>(problem.named.size());
  scored.use = problem.use;
  scored.score = [&problem](const MatrixXd& eta, inference::Scores& scores, bool derivatives) {
    score(problem, eta, scores, derivatives);
  };
  if (problem.observation->kind->observed_information)
    scored.observed_information = [&problem](const MatrixXd& eta, MatrixXd& information) {
      observe_information(problem, eta, information);
    };
  return scored;
}

}  // namespace insula::experiment
