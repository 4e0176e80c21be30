// SPDX-License-Identifier: Apache-2.0
// The key `rdm` of a comparison: which stimuli are held against each other.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/representations.h"

namespace insula::experiment::detail {
namespace {

using config::Node;
using config::Reader;
using Distance = RdmQuestion::Distance;

constexpr std::size_t kFewestStimuli = 3;
constexpr std::size_t kMostStimuli = 500;  // 124750 pairs, drawn a thousand times for every model

const dataset::Trials* first_of(const dataset::Dataset& dataset, const std::string& table) {
  for (const dataset::Subject& subject : dataset.subjects)
    for (const dataset::Run& run : subject.runs)
      if (const dataset::Trials* trials = run.trial_table(table)) return trials;
  return nullptr;
}

const dataset::Trials* read_trials(Reader& r, const Experiment& e, RdmQuestion& question) {
  const std::vector<std::string> tables = e.dataset.trial_table_names();
  const auto named = r.optional_text("trials");
  question.trials = named                               ? *named
                    : !e.dataset.repeats.trials.empty() ? e.dataset.repeats.trials
                    : tables.size() == 1                ? tables[0]
                                                        : "";
  if (tables.empty()) {
    r.mistake("trials", "'rdm' compares what trials show, but no run of the dataset has any");
    return nullptr;
  }
  if (question.trials.empty()) {
    r.mistake("trials",
              "'rdm' does not say which trials show the stimuli",
              "there are several tables: 'trials: " + tables.front() + "'");
    return nullptr;
  }
  const dataset::Trials* trials = first_of(e.dataset, question.trials);
  if (trials == nullptr)
    r.mistake("trials",
              "no run has trials '" + question.trials + "'",
              name_hint(question.trials, tables, "there are"));
  return trials;
}

std::vector<std::string> names_of(const dataset::Trials& trials) {
  std::vector<std::string> names;
  for (const dataset::TrialFactor& factor : trials.factors) names.push_back(factor.name);
  for (const dataset::TrialColumn& column : trials.columns) names.push_back(column.name);
  return names;
}

void read_by(Reader& r, const Experiment& e, const dataset::Trials& trials, RdmQuestion& question) {
  const std::vector<std::string> names = names_of(trials);
  if (r.has("by"))
    question.by = r.names("by");
  else if (question.trials == e.dataset.repeats.trials && !e.dataset.repeats.by.empty())
    question.by = e.dataset.repeats.by;
  else if (trials.factor("stimulus") != nullptr)
    question.by = {"stimulus"};
  if (question.by.empty())
    r.mistake("by",
              "'rdm' does not say which stimulus a trial shows",
              names.empty() ? "the manifest names factors and columns of trials"
                            : "trials '" + trials.name + "' have " + in_words(names) +
                                  ": 'by: " + names.front() + "'");
  for (const std::string& name : question.by)
    if (std::ranges::find(names, name) == names.end())
      r.mistake("by",
                "trials '" + trials.name + "' have no column or factor '" + name + "'",
                name_hint(name, names, "they have"));
}

void read_window(Reader& r,
                 const Experiment& e,
                 const dataset::Trials& trials,
                 RdmQuestion& question) {
  const bool is_given = r.has("from") || r.has("to");
  const auto from = r.optional_quantity("from", Dimension::time);
  const auto to = r.optional_quantity("to", Dimension::time);
  if (!has_time(e)) {
    if (is_given)
      r.mistake(r.has("from") ? "from" : "to",
                "trials '" + trials.name + "' have no onsets after which data could show them",
                "remove 'from' and 'to'");
    return;
  }
  if (trials.onset.empty()) {
    r.mistake("trials",
              "trials '" + trials.name +
                  "' have no onsets, so it is not known when they show in "
                  "recordings",
              "the manifest names them: 'onset'");
    return;
  }
  if (!is_given && question.trials == e.dataset.repeats.trials) {
    question.from = e.dataset.repeats.from;
    question.to = e.dataset.repeats.to;
    return;
  }
  question.from = from.value_or(0);
  question.to = to.value_or(0);
  if (!r.has("to"))
    r.mistake("to",
              "'rdm' lacks 'to', until when after its onset a trial shows in recordings",
              "for example 'to: 500 ms'; of BOLD 'from: 4 s, to: 8 s'");
  else if (to && !(question.to > question.from))
    r.mistake("to",
              "'to' of 'rdm' must be after 'from', which is " + short_number(question.from, 6) +
                  " s, got " + short_number(question.to, 6) + " s");
}

void read_bands(Reader& r, const Experiment& e, RdmQuestion& question) {
  std::vector<std::string> used;
  for (const UsedBand& band : used_bands(e))
    if (std::ranges::find(used, band.name) == used.end()) used.push_back(band.name);
  r.any("bands");
  if (!r.has("bands")) {
    question.bands = used;
    return;
  }
  question.bands = r.optional_names("bands");
  for (const std::string& band : question.bands) {
    for (const dataset::Subject& subject : e.dataset.subjects)
      for (const dataset::Run& run : subject.runs)
        if (run.feature_band(band) == nullptr) {
          r.mistake(
              "bands",
              "run '" + subject.id + "/" + run.id + "' has no band of features '" + band + "'",
              e.dataset.feature_names().empty()
                  ? "the dataset has none"
                  : name_hint(band, e.dataset.feature_names(), "there are"));
          return;
        }
  }
}

// True if its samples are missing because it belongs to a set of the dataset, or is near one.
bool is_apart(const Experiment& e, const dataset::Subject& subject, const Presentation& p) {
  return std::ranges::any_of(subject.runs[p.run].apart, [&](const dataset::Apart& one) {
    return p.until > one.begin - e.gap && p.from < one.end + e.gap;
  });
}

// The largest number of stimuli that a fold holds out together, and whose data are there.
std::size_t most_together(const Experiment& e) {
  const std::size_t fewest = e.rdm->distance == Distance::crossnobis ? 2 : 1;
  std::size_t most = 0;
  for (const dataset::Subject& subject : e.dataset.subjects) {
    const std::vector<Presentation> all = presentations_of(e, subject);
    for (const evaluation::Fold& fold : folds_of(e, subject)) {
      std::map<int, std::size_t> count;
      for (const Presentation& p : all)
        if (is_held_out(p, fold, e.gap) && !is_apart(e, subject, p)) ++count[p.stimulus];
      std::size_t here = 0;
      for (const auto& [stimulus, n] : count) here += n >= fewest ? 1 : 0;
      most = std::max(most, here);
    }
  }
  return most;
}

// The most numbers that a pattern of some recording has.
std::size_t most_numbers(const Experiment& e) {
  const architecture::Architecture& first = e.hypotheses.front().architecture;
  std::size_t most = 0;
  for (const architecture::Observation& o : first.observations) {
    const double interval = e.dataset.subjects[0].runs[0].recording(o.name)->interval;
    const double samples =
        e.rdm->is_course ? std::floor((e.rdm->to - e.rdm->from) / interval + 1e-6) : 1;
    most = std::max(most, o.channels.size() * static_cast<std::size_t>(std::max(1.0, samples)));
  }
  std::size_t values = 0;
  for (const architecture::TrialObservation& o : first.trials)
    values += o.kind->needs_value ? 1 : 0;
  return has_time(e) ? most : values;
}

void check_numbers(const Node& node, const Experiment& e, Mistakes& mistakes) {
  const std::size_t fewest = e.rdm->distance == Distance::correlation ? 3 : 1;
  const std::size_t most = most_numbers(e);
  if (most >= fewest) return;
  if (most == 0) {
    mistakes.add(node.place(),
                 has_time(e) ? "'rdm' compares recordings, but hypotheses explain none"
                             : "'rdm' compares values of trials, but hypotheses explain none");
    return;
  }
  mistakes.add(node.place(),
               "a pattern of " + std::to_string(most) + (most == 1 ? " number" : " numbers") +
                   " has no correlation to speak of, expected at least 3",
               has_time(e) ? "write 'distance: euclidean', or 'take: course', which makes every "
                             "sample a number"
                           : "write 'distance: euclidean'");
}

void check_stimuli(const Node& node, const Experiment& e, Mistakes& mistakes) {
  const std::size_t count = rdm_stimuli(e).size();
  const std::string what = "'by' tells " + std::to_string(count) + " stimuli apart";
  if (count < kFewestStimuli || count > kMostStimuli) {
    mistakes.add(node.place(),
                 what + ", expected " + std::to_string(kFewestStimuli) + " to " +
                     std::to_string(kMostStimuli),
                 count < kFewestStimuli ? "two stimuli have one dissimilarity, which has no order"
                                        : "name a factor of fewer levels");
    return;
  }
  const std::size_t together = most_together(e);
  if (together >= kFewestStimuli) return;
  const bool is_twice = e.rdm->distance == Distance::crossnobis;
  mistakes.add(node.place(),
               "no fold holds out " + std::to_string(kFewestStimuli) + " stimuli " +
                   (is_twice ? "twice each" : "together") + "; at most " +
                   std::to_string(together) + " of " + std::to_string(count) +
                   (e.dataset.sets.empty() ? "" : ", beside those of sets of the dataset"),
               is_twice ? "crossnobis distances need repeats; fewer folds hold out more of them"
                        : "stimuli are compared within folds; fewer folds, or another split, hold "
                          "out more of them");
}

}  // namespace

void read_rdm(const Node& node, Experiment& e, Mistakes& mistakes) {
  if (node.is_missing()) return;
  Mistakes mine;
  Reader r(node, "'rdm'", mine);
  RdmQuestion question;
  const dataset::Trials* trials = read_trials(r, e, question);
  r.any("by");
  if (trials != nullptr) {
    read_by(r, e, *trials, question);
    read_window(r, e, *trials, question);
  }
  for (const char* key : {"from", "to"}) r.any(key);
  const std::vector<std::string> takes{"mean", "course"};
  question.is_course = r.optional_choice("take", takes).value_or("mean") == "course";
  const std::vector<std::string> distances{"correlation", "euclidean", "crossnobis"};
  const std::string distance = r.optional_choice("distance", distances).value_or("correlation");
  question.distance = distance == "euclidean"    ? Distance::euclidean
                      : distance == "crossnobis" ? Distance::crossnobis
                                                 : Distance::correlation;
  const auto& similarities = evaluation::similarity_names();
  if (const auto name = r.optional_choice("similarity", similarities))
    question.similarity = evaluation::similarity_of(*name);
  read_bands(r, e, question);
  r.finish();
  if (e.split == Split::none)
    mine.add(node.place(),
             "'rdm' compares predictions of held-out data, but 'validation' is none",
             "give it a split, or remove 'rdm'");
  if (mine.empty()) {
    e.rdm = std::move(question);
    check_stimuli(node, e, mine);
    if (mine.empty()) check_numbers(node, e, mine);
  }
  mistakes.add(mine.sorted());
}

}  // namespace insula::experiment::detail

namespace insula::experiment {

std::string to_text(RdmQuestion::Distance distance) {
  return distance == RdmQuestion::Distance::correlation ? "correlation"
         : distance == RdmQuestion::Distance::euclidean ? "euclidean"
                                                        : "crossnobis";
}

}  // namespace insula::experiment
