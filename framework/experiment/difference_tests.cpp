// SPDX-License-Identifier: Apache-2.0
// Are hypotheses better than the linear model to beat, over all that was tried together?
#include "framework/base/text.h"
#include "framework/evaluation/sign_flip.h"
#include "framework/experiment/detail/scored_model.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// All 2⁶ flips of signs tell differences at p = 0.03; of fewer subjects blocks of time are the
// units.
constexpr std::size_t kFewestSubjects = 6;

// A column of the family: one hypothesis on one channel.
struct Column {
  const ScoredModel* model;
  std::size_t target;
};

// Of trials the density is that of the whole datum, which stands with its first channel.
bool holds(const RunData& data, const ScoredModel& model, std::size_t target) {
  const bool is_series = data.targets[target].of == Target::Of::samples;
  return !model.subjects.front()[target].empty() && (is_series || data.targets[target].has_density);
}

// Gains of one subject: blocks × columns.
MatrixXd gains_of(const RunData& data,
                  const std::vector<Column>& columns,
                  const ScoredModel& opponent,
                  const evaluation::Metric& metric,
                  std::size_t subject) {
  HeldOutTable mine, theirs;
  for (const Column& column : columns) {
    mine.push_back(column.model->subjects[subject][column.target]);
    theirs.push_back(opponent.subjects[subject][column.target]);
  }
  return evaluation::block_gains(metric, mine, theirs, data.experiment.bootstrap_block);
}

double mean_of_known(const Eigen::VectorXd& values) {
  const auto known = !values.array().isNaN();
  const auto n = static_cast<double>(known.count());
  return n > 0 ? known.select(values, 0).sum() / n : report::kUnknown;
}

// Units × columns: a row a subject, or a row a block of any subject.
MatrixXd units_of(const RunData& data,
                  const std::vector<Column>& columns,
                  const ScoredModel& opponent,
                  const evaluation::Metric& metric) {
  const std::size_t subjects = opponent.subjects.size();
  std::vector<MatrixXd> parts;
  for (std::size_t s = 0; s < subjects; ++s) {
    MatrixXd gains = gains_of(data, columns, opponent, metric, s);
    if (subjects >= kFewestSubjects) {
      MatrixXd means(1, gains.cols());
      for (Index c = 0; c < gains.cols(); ++c) means(0, c) = mean_of_known(gains.col(c));
      gains = std::move(means);
    }
    parts.push_back(std::move(gains));
  }
  Index rows = 0;
  for (const MatrixXd& part : parts) rows += part.rows();
  MatrixXd all(rows, static_cast<Index>(columns.size()));
  rows = 0;
  for (const MatrixXd& part : parts) {
    all.middleRows(rows, part.rows()) = part;
    rows += part.rows();
  }
  return all;
}

void add_family(const RunData& data,
                const std::vector<ScoredModel>& scored,
                const ObservedTogether& observation,
                const ScoredModel& opponent,
                report::Results& results) {
  const Experiment& e = data.experiment;
  std::vector<Column> columns;
  for (const ScoredModel& s : scored)
    for (std::size_t t = 0; t < data.targets.size(); ++t)
      if (s.model->kind == "hypothesis" && data.targets[t].recording == observation.name &&
          holds(data, s, t) && holds(data, opponent, t))
        columns.push_back({&s, t});
  if (columns.empty()) return;
  const evaluation::Metric& metric = evaluation::metrics()[observation.is_series ? 1 : 2];
  const MatrixXd units = units_of(data, columns, opponent, metric);
  const auto tests = evaluation::sign_flip(units, {10000, e.seed, "tests/" + observation.name});
  const bool is_of_subjects = opponent.subjects.size() >= kFewestSubjects;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const Target& target = data.targets[columns[c].target];
    report::TestRow row;
    row.model = columns[c].model->model->name;
    row.other = opponent.model->name;
    row.modality = target.modality;
    row.channel = target.channel;
    row.metric = metric.name;
    row.units = is_of_subjects ? "subjects"
                               : "blocks of " + short_number(e.bootstrap_block) +
                                     (has_time(e) ? " s" : " trials");
    row.n = static_cast<double>(units.rows());
    row.difference = tests[c].mean;
    row.t = tests[c].t;
    row.p = tests[c].p;
    row.p_family = tests[c].p_family;
    row.q = tests[c].q;
    results.tests.push_back(std::move(row));
  }
}

}  // namespace

void add_difference_tests(const RunData& data,
                          const std::vector<ScoredModel>& scored,
                          report::Results& results) {
  for (const ObservedTogether& observation : observed_together(data))
    if (const auto opponents = opponents_on(data, scored, observation, results); !opponents.empty())
      add_family(data, scored, observation, *opponents.front(), results);
}

}  // namespace insula::experiment
