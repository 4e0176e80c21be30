// SPDX-License-Identifier: Apache-2.0
// What interventions come to: rows, courses and sentences.
#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/decimals.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/numerics/statistics.h"
#include "framework/report/doubts.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using simulation::Intervention;

// Of draws, how many the changed network must run at for an interval: what lies beyond is not known
// of the others, and more of them than the interval leaves out would decide on its ends.
constexpr double kFewestRun = 0.95;
constexpr std::size_t kMostNamed = 6;  // channels in a sentence

struct OfSubject {
  std::size_t subject;
  const InterventionEffect* effect;
};

// All subjects of one hypothesis and intervention, in order.
std::vector<OfSubject> effects_on(const InterventionBatch& batch,
                                  std::size_t model,
                                  std::size_t intervention) {
  std::vector<OfSubject> all;
  for (std::size_t t = 0; t < batch.tasks.size(); ++t)
    if (batch.tasks[t].model == model && batch.tasks[t].intervention == intervention)
      all.push_back({batch.tasks[t].subject, &batch.effects[t]});
  return all;
}

bool has_numbers(const OfSubject& one) { return one.effect->done && one.effect->obstacle.empty(); }

report::InterventionRow row_of(const ModelRun& model, const Intervention& intervention) {
  report::InterventionRow row;
  row.model = model.name;
  row.intervention = intervention.name;
  return row;
}

std::string failure_of(const InterventionEffect& effect) {
  if (effect.draws < kInterventionDraws)
    return "the network as it was fitted can be run at only " + std::to_string(effect.draws) +
           " draws of " + std::to_string(kMostTriedDraws);
  if (effect.failed == 0) return "";
  return "the changed network cannot be run at " + std::to_string(effect.failed) + " of " +
         std::to_string(effect.draws) + " draws: it " + effect.failure;
}

const report::FitSummary& fit_behind(const ModelRun& model, std::size_t subject) {
  const bool is_pooled = model.group && model.group->pooled.mean.size() > 0;
  return is_pooled ? model.group->summary : model.parts[subject][0].summary;
}

// Rows of one target in one stretch: draws × kQuantities.
void add_quantities(report::InterventionRow row,
                    const Target& target,
                    const MatrixXd& draws,
                    report::Results& results) {
  row.modality = target.modality;
  row.observation = target.recording;
  row.channel = target.channel;
  for (Index q = 0; q < kQuantityCount; ++q) {
    std::vector<double> known;
    for (const double value : draws.col(q))
      if (std::isfinite(value)) known.push_back(value);
    row.quantity = kQuantities[q];
    row.unit = q < 2 ? target.unit : "1";
    row.value = numerics::quantile(known, 0.5);
    const bool is_enough =
        row.draws == kInterventionDraws && row.failed <= (1 - kFewestRun) * row.draws;
    row.low = is_enough ? numerics::quantile(known, 0.025) : kNaN;
    row.high = is_enough ? numerics::quantile(known, 0.975) : kNaN;
    results.interventions.push_back(row);
  }
}

void add_subject(const RunData& data,
                 report::InterventionRow row,
                 const OfSubject& one,
                 report::Results& results) {
  const dataset::Subject& subject = data.experiment.dataset.subjects[one.subject];
  row.subject = subject.id;
  row.run = "all";
  if (!has_numbers(one)) {
    row.note = one.effect->done ? one.effect->obstacle : "the run was stopped before it ended";
    results.interventions.push_back(row);
    results.not_computed.emplace_back(
        row.intervention + " of " + row.model + ", subject " + row.subject, row.note);
    return;
  }
  row.draws = one.effect->draws;
  row.failed = one.effect->failed;
  row.note = failure_of(*one.effect);
  for (const PredictedChange& change : one.effect->changes)
    for (std::size_t s = 0; s < change.draws.size(); ++s) {
      row.run = s == 0 ? "all" : subject.runs[s - 1].id;
      add_quantities(row, data.targets[change.target], change.draws[s], results);
    }
}

// The mean over subjects, draw by draw: those of subjects that are fitted one by one are
// independent, and those that share a fit share its draws.
void add_mean_over_subjects(const RunData& data,
                            report::InterventionRow row,
                            const std::vector<OfSubject>& subjects,
                            report::Results& results) {
  if (subjects.size() < 2 || !std::ranges::all_of(subjects, has_numbers)) return;
  row.subject = row.run = "all";
  row.draws = subjects.front().effect->draws;
  row.failed = 0;
  for (const OfSubject& one : subjects) {
    row.draws = std::min<double>(row.draws, one.effect->draws);
    row.failed += one.effect->failed;
    const std::string failure = failure_of(*one.effect);
    if (row.note.empty() && !failure.empty())  // of the first
      row.note = "subject " + data.experiment.dataset.subjects[one.subject].id + ": " + failure;
  }
  const auto draws = static_cast<Index>(row.draws);
  const std::vector<PredictedChange>& first = subjects.front().effect->changes;
  for (std::size_t k = 0; k < first.size(); ++k) {
    MatrixXd mean = MatrixXd::Zero(draws, kQuantityCount);
    for (const OfSubject& one : subjects)
      mean += one.effect->changes[k].draws[0].topRows(draws) / static_cast<double>(subjects.size());
    add_quantities(row, data.targets[first[k].target], mean, results);
  }
}

void add_courses(const RunData& data,
                 const report::InterventionRow& row,
                 const OfSubject& one,
                 report::Results& results) {
  const dataset::Subject& subject = data.experiment.dataset.subjects[one.subject];
  const std::vector<PredictedChange>& changes = one.effect->changes;
  for (std::size_t k = 0; k < changes.size();) {
    const Target& target = data.targets[changes[k].target];
    std::size_t end = k;
    while (end < changes.size() && data.targets[changes[end].target].recording == target.recording)
      ++end;
    const auto columns = static_cast<Index>(end - k);
    for (std::size_t r = 0; r < subject.runs.size(); ++r) {
      report::InterventionCourse course{row.model,
                                        row.intervention,
                                        subject.id,
                                        subject.runs[r].id,
                                        target.recording,
                                        target.unit,
                                        {},
                                        {},
                                        {},
                                        {},
                                        {},
                                        {}};
      for (std::size_t c = k; c < end; ++c) {
        const PredictedChange& change = changes[c];
        const RunData::Samples samples = data.samples(one.subject, change.target);
        const auto first = std::ranges::find(samples.run, r) - samples.run.begin();
        const auto rows = std::ranges::count(samples.run, r);
        const auto column = static_cast<Index>(c - k);
        for (MatrixXd* matrix :
             {&course.time, &course.intact, &course.changed, &course.intact_sd, &course.changed_sd})
          matrix->conservativeResize(rows, columns);
        for (Index i = 0; i < rows; ++i)
          course.time(i, column) = samples.time[static_cast<std::size_t>(first + i)];
        course.intact.col(column) = change.intact.segment(first, rows);
        course.changed.col(column) = change.changed.segment(first, rows);
        course.intact_sd.col(column) = change.intact_sd.segment(first, rows);
        course.changed_sd.col(column) = change.changed_sd.segment(first, rows);
        course.channels.push_back(data.targets[change.target].channel);
      }
      results.intervention_courses.push_back(std::move(course));
    }
    k = end;
  }
}

std::string percent_left(const report::InterventionRow& row) {
  const auto percent = [](double share) { return decimals(100 * share, 0); };
  std::string text = percent(row.value) + " %";
  if (std::isfinite(row.low)) text += " [" + percent(row.low) + ", " + percent(row.high) + "]";
  return text;
}

std::string changed_by(const report::InterventionRow& row) {
  std::string text = short_number(row.value) + (row.unit == "1" ? "" : " " + row.unit);
  if (std::isfinite(row.low))
    text += " [" + short_number(row.low) + ", " + short_number(row.high) + "]";
  return text;
}

std::string in_sentence(const Target& target) {
  const bool is_answer = target.of == Target::Of::choice && target.option < 0;
  return (is_answer ? "P(" + target.channel + ")" : target.channel) + " (" + target.recording + ")";
}

// Of series how much of the response is left, of trials the mean change.
std::string sentence_of(const RunData& data,
                        const ModelRun& model,
                        const Intervention& intervention,
                        const report::Results& results) {
  const std::size_t subjects = data.experiment.dataset.subjects.size();
  std::vector<std::string> left, changed;
  std::size_t unnamed = 0;
  for (const Target& target : data.targets) {
    const bool is_series = target.of == Target::Of::samples;
    const char* quantity = is_series ? "response_left" : "mean_change";
    const auto row = std::ranges::find_if(results.interventions, [&](const auto& r) {
      return r.model == model.name && r.intervention == intervention.name && r.run == "all" &&
             r.observation == target.recording && r.channel == target.channel &&
             r.quantity == quantity && (subjects == 1 || r.subject == "all");
    });
    if (row == results.interventions.end() || !std::isfinite(row->value)) continue;
    if (left.size() + changed.size() == kMostNamed)
      ++unnamed;
    else if (is_series)
      left.push_back(in_sentence(target) + " " + percent_left(*row) +
                     (left.empty() ? " of its response" : ""));
    else
      changed.push_back(in_sentence(target) + " by " + changed_by(*row) +
                        (changed.empty() ? " on average" : ""));
  }
  std::vector<std::string> parts;
  if (!left.empty()) parts.push_back("leaves " + join(left, ", "));
  if (!changed.empty()) parts.push_back("changes " + join(changed, ", "));
  if (parts.empty()) return "";
  std::string text = "By " + model.name + ", '" + intervention.name + "' " + join(parts, " and ");
  if (unnamed > 0) text += "; of " + std::to_string(unnamed) + " more channels the table tells";
  if (subjects > 1) text += " (means over " + std::to_string(subjects) + " subjects)";
  return text + ".";
}

void add_one(const RunData& data,
             const InterventionBatch& batch,
             std::size_t model,
             std::size_t intervention,
             report::Results& results) {
  const Intervention& what = data.experiment.interventions[intervention];
  report::InterventionRow row = row_of(data.models[model], what);
  const auto say = [&](const std::string& sentence) {
    if (!sentence.empty())
      results.intervention_sentences.push_back({row.model, row.intervention, sentence});
  };
  const std::string obstacle = simulation::obstacle(*data.models[model].architecture, what);
  if (!obstacle.empty()) {
    row.subject = row.run = "all";
    row.note = row.model + " " + obstacle;
    results.interventions.push_back(row);
    say(row.model + " says nothing of '" + row.intervention + "': it " + obstacle + ".");
    return;
  }
  const std::vector<OfSubject> subjects = effects_on(batch, model, intervention);
  std::vector<const report::FitSummary*> fits;
  for (const OfSubject& one : subjects)
    fits.push_back(&fit_behind(data.models[model], one.subject));
  const std::string doubts = report::doubts_of(fits);
  add_mean_over_subjects(data, row, subjects, results);
  for (const OfSubject& one : subjects) {
    add_subject(data, row, one, results);
    if (has_numbers(one)) add_courses(data, row, one, results);
  }
  std::string sentence = sentence_of(data, data.models[model], what, results);
  if (!sentence.empty() && !doubts.empty()) {
    sentence.pop_back();
    sentence += "; but its fit is in doubt (" + doubts + ").";
  }
  if (sentence.empty())
    for (const OfSubject& one : subjects)
      if (one.effect->done && !has_numbers(one) && sentence.empty())
        sentence = row.model + " says nothing of '" + row.intervention + "': " +
                   (subjects.size() > 1
                        ? "subject " + data.experiment.dataset.subjects[one.subject].id + ", "
                        : "") +
                   one.effect->obstacle + ".";
  say(sentence);
}

}  // namespace

void add_interventions(const RunData& data,
                       const InterventionBatch& batch,
                       report::Results& results) {
  for (std::size_t m = 0; m < data.experiment.hypotheses.size(); ++m)
    for (std::size_t i = 0; i < data.experiment.interventions.size(); ++i)
      add_one(data, batch, m, i, results);
}

}  // namespace insula::experiment
