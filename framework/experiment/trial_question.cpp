// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_question.h"

#include <algorithm>
#include <optional>

#include "framework/base/nan.h"

namespace insula::experiment {
namespace {

using architecture::Term;
using architecture::TrialObservation;
using Eigen::Index;
using Eigen::MatrixXd;

constexpr std::size_t kMostBins = 8;

// A column or a level by itself, not a product with anything else.
bool is_column(const Term& term, const dataset::Trials& trials) {
  if (term.factors.size() != 1 || term.factors.front() != term.name) return false;
  const std::string& name = term.name;
  return trials.column(name) || trials.factor(name.substr(0, name.find('.')));
}

TrialObservation asked_of(const Experiment& e,
                          const TrialObservation& first,
                          const dataset::Trials& trials) {
  TrialObservation asked = first;
  for (architecture::Predictor& p : asked.predictors) p.terms.clear();
  std::vector<Term>& terms = asked.predictors.front().terms;
  for (const Hypothesis& h : e.hypotheses)
    for (const TrialObservation& o : h.architecture.trials) {
      if (o.name != first.name || o.predictors.empty()) continue;
      for (const architecture::Predictor& p : o.predictors) {
        if (p.spec != o.predictors.front().spec) continue;
        for (const Term& term : p.terms)
          if (is_column(term, trials) &&
              std::ranges::find(terms, term.name, &Term::name) == terms.end())
            terms.push_back(term);
      }
    }
  return asked;
}

// The fit that predicts a trial: 0 is that to all data; its fold's plus one; none if no fold tests
// it.
std::optional<std::size_t> part_of_trial(const RunData& data,
                                         std::size_t subject,
                                         const TrialRows& rows,
                                         std::size_t row,
                                         bool held_out) {
  if (!held_out) return 0;
  const auto& folds = data.folds[subject];
  for (std::size_t f = 0; f < folds.size(); ++f)
    if (evaluation::part_of(folds[f], rows.run[row], rows.time[row], data.experiment.gap) ==
        evaluation::Part::test)
      return f + 1;
  return {};
}

void add_trial(const Question& q,
               std::size_t subject,
               const TrialProblem& problem,
               std::size_t row,
               Checked& all) {
  const TrialRows& rows = problem.rows;
  all.observed.choice.push_back(rows.choice[row]);
  all.observed.time.push_back(rows.answer[row]);
  all.observed.value.push_back(rows.value[row] * problem.scale + problem.centre);
  for (std::size_t t = 0; t < q.terms().size(); ++t)
    all.term[t].push_back(
        q.rows[subject].terms.front()(static_cast<Index>(row), static_cast<Index>(t)));
}

void add_piece(const Question& q,
               const RunData& data,
               const ModelRun& model,
               std::size_t subject,
               std::size_t part,
               const TrialPosterior& posterior,
               Checked& all) {
  const bool held_out = part > 0;
  const TrialProblem& problem = *posterior.problem;
  // Pooled subjects have one posterior, of which one draw is theirs together.
  const bool is_shared = model.group && data.experiment.subjects == Subjects::pooled;
  Piece piece{&posterior,
              {},
              "checks/parameters/" + model.name + "/" +
                  (is_shared ? "all" : data.experiment.dataset.subjects[subject].id) + "/" +
                  std::to_string(part) + "/"};
  for (std::size_t i = 0; i < problem.rows.size(); ++i) {
    if (!problem.whole[i]) continue;
    if (part_of_trial(data, subject, problem.rows, i, held_out) != part) continue;
    piece.rows.push_back(static_cast<Index>(i));
    add_trial(q, subject, problem, i, all);
  }
  if (!piece.rows.empty()) all.pieces.push_back(std::move(piece));
}

MatrixXd natural_of_all(const Checked& all) {
  Index at = 0;
  MatrixXd natural(static_cast<Index>(all.observed.choice.size()),
                   static_cast<Index>(all.predictors));
  for (const Piece& piece : all.pieces) {
    const MatrixXd of_piece = piece.posterior->natural();
    for (const Index row : piece.rows) natural.row(at++) = of_piece.row(row);
  }
  return natural;
}

std::vector<double> row_of(const MatrixXd& natural, Index row) {
  const auto values = natural.row(row);
  return {values.begin(), values.end()};
}

}  // namespace

Question ask(const Experiment& e, const TrialObservation& first) {
  const dataset::Trials& trials = *table_of(e.dataset.subjects[0].runs[0], first);
  Question q;
  q.asked = asked_of(e, first, trials);
  q.responses = trials.responses;
  if (const dataset::TrialColumn* column = trials.column(first.value)) q.unit = column->unit;
  for (const dataset::Subject& subject : e.dataset.subjects)
    q.rows.push_back(trial_rows(subject, e.hypotheses.front().architecture, q.asked));
  std::vector<double> times;
  for (const TrialRows& rows : q.rows)
    times.insert(times.end(), rows.answer.begin(), rows.answer.end());
  if (first.kind->needs_time) q.times = time_bins(times);
  for (std::size_t t = 0; t < q.terms().size(); ++t) {
    std::vector<double> values;
    for (const TrialRows& rows : q.rows) {
      const auto column = rows.terms.front().col(static_cast<Index>(t));
      values.insert(values.end(), column.begin(), column.end());
    }
    q.bins.push_back(value_bins(std::move(values), kMostBins));
  }
  return q;
}

Checked answer(const RunData& data, const ModelRun& model, const Question& q) {
  Checked all;
  if (model.architecture == nullptr) return all;
  const auto& trials = model.architecture->trials;
  const auto mine = std::ranges::find(trials, q.asked.name, &TrialObservation::name);
  if (mine == trials.end()) return all;
  const auto k = static_cast<std::size_t>(mine - trials.begin());
  const bool held_out = data.scored(model);
  all.kind = mine->kind;
  all.predictors = mine->predictors.size();
  all.row.model = model.name;
  all.row.kind = model.kind;
  all.row.observation = q.asked.name;
  all.row.trials = held_out ? "held_out" : "fitted";
  all.term.resize(q.terms().size());
  for (std::size_t s = 0; s < model.parts.size(); ++s)
    for (std::size_t p = held_out ? 1 : 0; p < (held_out ? model.parts[s].size() : 1); ++p) {
      const std::vector<TrialPosterior>& posteriors = model.parts[s][p].trials;
      if (posteriors.size() <= k) return {};
      add_piece(q, data, model, s, p, posteriors[k], all);
    }
  all.natural = natural_of_all(all);
  return all;
}

Answers draw(const Checked& all, std::uint64_t seed, std::size_t index) {
  Answers drawn;
  Stream stream(
      seed,
      "checks/trials/" + all.row.model + "/" + all.row.observation + "/" + std::to_string(index));
  for (const Piece& piece : all.pieces) {
    Stream of_parameters(seed, piece.task + std::to_string(index));
    const MatrixXd natural = piece.posterior->draw_natural(of_parameters);
    const TrialProblem& problem = *piece.posterior->problem;
    for (const Index row : piece.rows) {
      const TrialDatum datum = all.kind->draw(row_of(natural, row), stream);
      drawn.choice.push_back(datum.choice);
      drawn.time.push_back(datum.time);
      drawn.value.push_back(datum.value * problem.scale + problem.centre);
    }
  }
  return drawn;
}

Answers expected(const Checked& all) {
  Answers mean;
  for (const Piece& piece : all.pieces) {
    const TrialProblem& problem = *piece.posterior->problem;
    for (std::size_t k = 0; k < piece.rows.size(); ++k) {
      const auto at = static_cast<Index>(mean.choice.size());
      const TrialDatum datum = all.kind->mean(row_of(all.natural, at));
      mean.choice.push_back(datum.choice);
      mean.value.push_back(datum.value * problem.scale + problem.centre);
    }
  }
  if (all.kind->of_options) {
    const auto options = static_cast<int>(all.predictors - all.kind->predictors.size()) + 2;
    for (int option = 0; option < options; ++option) {
      const Eigen::VectorXd share = share_of_option(*all.kind, all.natural, option);
      mean.share.emplace_back(share.begin(), share.end());
    }
  } else if (all.kind->needs_choice) {
    mean.share.resize(2);
    for (const double p : mean.choice) mean.share[0].push_back(1 - p), mean.share[1].push_back(p);
  }
  return mean;
}

}  // namespace insula::experiment
