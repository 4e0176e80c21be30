// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "framework/base/text.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/simulation/spm_run.h"

namespace insula::experiment::detail {
namespace {

using architecture::Architecture;
using architecture::Observation;

// The runs, as "s01/run-1", that lack something; how many there are in all.
struct Lacking {
  std::vector<std::string> runs;
  std::size_t of = 0;
  bool is_everywhere() const { return runs.size() == of; }
  // "in run 's01/run-2'", "in 3 of 8 runs, first in 's01/run-2'".
  std::string in_words() const {
    if (runs.size() == 1) return "in run '" + runs.front() + "'";
    return "in " + std::to_string(runs.size()) + " of " + std::to_string(of) + " runs, first in '" +
           runs.front() + "'";
  }
};

template <class Has>
Lacking lacking(const dataset::Dataset& dataset, Has has) {
  Lacking result;
  for (const dataset::Subject& subject : dataset.subjects) {
    for (const dataset::Run& run : subject.runs) {
      ++result.of;
      if (!has(run)) result.runs.push_back(subject.id + "/" + run.id);
    }
  }
  return result;
}

bool is_used(const Architecture& a, const architecture::Input& input) {
  return acts_on_regions(a, input) || is_in_a_term(a, input.name);
}

constexpr const char* kEveryRun =
    "every run needs what a hypothesis uses: mend the dataset, or "
    "leave the run out of it";

void check_inputs(const Architecture& a, const dataset::Dataset& dataset, Mistakes& mistakes) {
  for (const architecture::Input& input : a.inputs) {
    if (!is_used(a, input) || input.learned || input.band) continue;
    const Lacking runs =
        lacking(dataset, [&](const dataset::Run& run) { return run.input(input.name) != nullptr; });
    if (runs.runs.empty()) continue;
    if (runs.is_everywhere()) {
      mistakes.add(input.place,
                   "dataset '" + dataset.name + "' has no input '" + input.name + "'",
                   name_hint(input.name, dataset.input_names()));
    } else {
      mistakes.add(
          input.place, "input '" + input.name + "' is missing " + runs.in_words(), kEveryRun);
    }
  }
}

bool has_channel(const dataset::Recording& recording, const std::string& channel) {
  return std::ranges::find(recording.channels, channel) != recording.channels.end();
}

void check_channels(const Observation& observation,
                    const dataset::Dataset& dataset,
                    Mistakes& mistakes) {
  for (const std::string& channel : observation.channels) {
    const Lacking runs = lacking(dataset, [&](const dataset::Run& run) {
      return has_channel(*run.recording(observation.name), channel);
    });
    if (runs.runs.empty()) continue;
    const dataset::Recording& first =
        *dataset.subjects.front().runs.front().recording(observation.name);
    mistakes.add(observation.place,
                 "recording '" + observation.name + "' has no channel '" + channel + "'" +
                     (runs.is_everywhere() ? "" : " " + runs.in_words()),
                 runs.is_everywhere() ? name_hint(channel, first.channels) : kEveryRun);
  }
}

// Channels that show the same regions are sampled together.
void check_delays(const Observation& observation,
                  const dataset::Dataset& dataset,
                  Mistakes& mistakes) {
  if (observation.loadings.of == architecture::Loadings::Of::own) return;
  for (const dataset::Subject& subject : dataset.subjects)
    for (const dataset::Run& run : subject.runs) {
      const dataset::Recording& recording = *run.recording(observation.name);
      std::vector<double> delays;
      for (std::size_t c = 0; c < recording.channels.size(); ++c)
        if (std::ranges::find(observation.channels, recording.channels[c]) !=
            observation.channels.end())
          delays.push_back(recording.delay[c]);
      if (std::ranges::adjacent_find(delays, std::not_equal_to{}) == delays.end()) continue;
      mistakes.add(observation.place,
                   "channels of recording '" + observation.name + "' have delays from " +
                       short_number(std::ranges::min(delays)) + " to " +
                       short_number(std::ranges::max(delays)) +
                       " s, but its loadings show the same regions in all of them (run '" +
                       subject.id + "/" + run.id + "')",
                   "interpolate them to one delay");
    }
}

void check_recordings(const Architecture& a, const dataset::Dataset& dataset, Mistakes& mistakes) {
  for (const Observation& observation : a.observations) {
    const Lacking runs = lacking(dataset, [&](const dataset::Run& run) {
      return run.recording(observation.name) != nullptr;
    });
    if (runs.runs.empty()) {
      check_channels(observation, dataset, mistakes);
      check_delays(observation, dataset, mistakes);
    } else if (runs.is_everywhere()) {
      mistakes.add(observation.place,
                   "dataset '" + dataset.name + "' has no recording '" + observation.name + "'",
                   name_hint(observation.name, dataset.recording_names()));
    } else {
      mistakes.add(observation.place,
                   "recording '" + observation.name + "' is missing " + runs.in_words(),
                   kEveryRun);
    }
  }
}

// The first number that is no count, or NaN.
double first_non_count(const dataset::Recording& recording, const std::string& channel) {
  const auto c = std::ranges::find(recording.channels, channel) - recording.channels.begin();
  for (Eigen::Index i = 0; i < recording.samples.rows(); ++i) {
    const double y = recording.samples(i, c);
    if (std::isfinite(y) && (y < 0 || y != std::floor(y))) return y;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

// Counts are whole and not negative, and nothing is taken out of them.
void check_counts(const Architecture& a, const dataset::Dataset& dataset, Mistakes& mistakes) {
  for (const Observation& o : a.observations)
    for (const dataset::Subject& subject : dataset.subjects)
      for (const dataset::Run& run : subject.runs) {
        const dataset::Recording* r = run.recording(o.name);
        if (!o.kind->counts() || r == nullptr) continue;
        if (r->confounds.cols() > 0)
          mistakes.add(r->place,
                       "recording '" + o.name + "' has confounds, which kind '" +
                           std::string(o.kind->name) + "' cannot take out of counts",
                       "leave them out, or let them drive a region");
        for (const std::string& channel : o.channels) {
          if (!has_channel(*r, channel)) continue;
          const double y = first_non_count(*r, channel);
          if (std::isnan(y)) continue;
          mistakes.add(r->place,
                       "kind '" + std::string(o.kind->name) + "' explains counts, but channel '" +
                           channel + "' of '" + o.name + "' holds " + short_number(y, 6) +
                           " (run '" + subject.id + "/" + run.id + "')",
                       "counts are whole numbers from 0; kind 'rate' explains rates");
        }
      }
}

std::vector<std::string> channels_of(const Architecture& a) {
  std::vector<std::string> channels;
  for (const Observation& o : a.observations) {
    for (const std::string& channel : o.channels) channels.push_back(o.name + "/" + channel);
  }
  for (const architecture::TrialObservation& o : a.trials) {
    for (const std::string& option : o.options) channels.push_back(o.name + "/choice of " + option);
    if (o.kind->needs_choice && o.options.empty()) channels.push_back(o.name + "/choice");
    if (o.kind->needs_time) channels.push_back(o.name + "/response time");
    if (o.kind->needs_value) channels.push_back(o.name + "/" + o.value);
  }
  std::ranges::sort(channels);
  return channels;
}

std::string drift_in_words(const Observation& o) {
  return o.drift_cutoff > 0 ? "drift slower than " + short_number(o.drift_cutoff, 6) + " s"
                            : "no drift";
}

void check_drift(const Hypothesis& h, const Hypothesis& first, Mistakes& mistakes) {
  for (const Observation& o : h.architecture.observations) {
    for (const Observation& p : first.architecture.observations) {
      if (o.name != p.name || o.drift_cutoff == p.drift_cutoff) continue;
      mistakes.add(o.place,
                   "hypothesis '" + h.name + "' expects " + drift_in_words(o) + " in '" + o.name +
                       "', but '" + first.name + "' expects " + drift_in_words(p) +
                       ": they cannot be compared",
                   "give all hypotheses the same 'drift'");
    }
  }
}

// How many samples of a fold train and score a recording.
struct Counts {
  std::size_t train = 0, test = 0;
};

Counts count(const evaluation::Fold& fold,
             double gap,
             const dataset::Subject& subject,
             const std::string& recording) {
  Counts counts;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Recording& rec = *subject.runs[r].recording(recording);
    for (Eigen::Index i = 0; i < rec.samples.rows(); ++i) {
      const auto part = evaluation::part_of(fold, r, rec.time(i, 0), gap);
      counts.train += part == evaluation::Part::train ? 1 : 0;
      counts.test += part == evaluation::Part::test ? 1 : 0;
    }
  }
  return counts;
}

// True if a mistake was found.
bool check_trials_of(const Experiment& e,
                     const evaluation::Fold& fold,
                     const dataset::Subject& subject,
                     const ComparableTrials& comparable,
                     const Place& place,
                     Mistakes& mistakes) {
  for (const architecture::TrialObservation& o : e.hypotheses.front().architecture.trials) {
    const TrialRows rows = trial_rows(subject, e.hypotheses.front().architecture, o);
    Counts counts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!comparable.at(o.name)[i]) continue;
      const auto part = evaluation::part_of(fold, rows.run[i], rows.time[i], std::max(0.0, e.gap));
      counts.train += part == evaluation::Part::train ? 1 : 0;
      counts.test += part == evaluation::Part::test ? 1 : 0;
    }
    if (counts.train > 0 && counts.test > 0) continue;
    mistakes.add(place,
                 "fold '" + fold.name + "' of subject '" + subject.id + "' holds no trial of '" +
                     o.name + "' to " + (counts.train == 0 ? "train on" : "score"),
                 e.split == Split::blocks ? "take fewer 'folds', or leave the subject out"
                                          : "leave the subject out");
    return true;
  }
  return false;
}

// At most one mistake a subject: the others of its folds have the same cause.
void check_folds_of(const Experiment& e,
                    const dataset::Subject& subject,
                    const ComparableTrials& comparable,
                    const Place& place,
                    Mistakes& mistakes) {
  for (const evaluation::Fold& fold : folds_of(e, subject)) {
    for (const Observation& o : e.hypotheses.front().architecture.observations) {
      const Counts counts = count(fold, e.gap, subject, o.name);
      if (counts.train > 0 && counts.test > 0) continue;
      const bool lacks_training = counts.train == 0;
      mistakes.add(place,
                   "fold '" + fold.name + "' of subject '" + subject.id + "' holds no sample of '" +
                       o.name + "' to " +
                       (lacks_training ? "train on: what it holds out and a gap of " +
                                             short_number(e.gap, 6) + " s around that take all"
                                       : "score"),
                   lacks_training             ? "take a shorter 'gap' or more data"
                   : e.split == Split::blocks ? "take fewer 'folds'"
                                              : "leave the subject out");
      return;
    }
    if (check_trials_of(e, fold, subject, comparable, place, mistakes)) return;
  }
}

// The first projection that a region gates.
const architecture::Projection* gated_projection(const Architecture& a) {
  for (const architecture::Projection& projection : a.projections) {
    if (!projection.gates.empty()) return &projection;
  }
  return nullptr;
}

// Whatever is written has an effect or is a mistake.
void check_drift_for_spm(const Hypothesis& h, Mistakes& mistakes) {
  for (const Observation& o : h.architecture.observations) {
    if (o.drift_cutoff == 0) continue;
    mistakes.add(o.place,
                 "'drift' of observation '" + o.name +
                     "' has no effect with 'compatibility: spm', which takes the dataset's "
                     "confounds for drift",
                 "remove one of the two");
  }
}

void check_runs_for_spm(const Experiment& e, Mistakes& mistakes) {
  for (const dataset::Subject& subject : e.dataset.subjects) {
    if (subject.runs.size() < 2) continue;
    mistakes.add(subject.runs[1].place,
                 "SPM's treatment fits one run, but subject '" + subject.id + "' has " +
                     std::to_string(subject.runs.size()),
                 "leave out 'compatibility: spm' in " + e.file);
  }
}

}  // namespace

void check_comparable(const Experiment& e, Mistakes& mistakes) {
  for (const Hypothesis& h : e.hypotheses) {
    const Architecture& a = h.architecture;
    const Hypothesis& first = e.hypotheses.front();
    if (a.observations.empty() && a.trials.empty()) {
      mistakes.add(Place{a.file, 0, 0, 0, ""},
                   "hypothesis '" + h.name + "' observes nothing, so it cannot be fitted",
                   "add 'observations'");
      continue;
    }
    if (first.architecture.observations.empty() && first.architecture.trials.empty()) continue;
    const auto mine = channels_of(a), others = channels_of(first.architecture);
    if (mine != others) {
      mistakes.add(a.observations.empty() ? a.trials.front().place : a.observations.front().place,
                   "hypotheses '" + first.name + "' and '" + h.name +
                       "' explain different channels, so they cannot be compared",
                   "'" + first.name + "' explains " + join(others, ", ") + "; '" + h.name +
                       "' explains " + join(mine, ", "));
    }
    check_drift(h, first, mistakes);
  }
}

void check_against_dataset(const Experiment& e, Mistakes& mistakes) {
  for (const Hypothesis& h : e.hypotheses) {
    // Without a time axis inputs are columns of trials.
    if (has_time(e) || !h.architecture.observations.empty())
      check_inputs(h.architecture, e.dataset, mistakes);
    check_recordings(h.architecture, e.dataset, mistakes);
    check_counts(h.architecture, e.dataset, mistakes);
    for (const Observation& o : h.architecture.observations)
      if (e.subjects == Subjects::hierarchical &&
          o.loadings.of == architecture::Loadings::Of::learned)
        mistakes.add(o.place,
                     "subjects in a hierarchy cannot have learned loadings, as '" + o.name +
                         "' of '" + h.name +
                         "' has: sign and scale of each subject's sources are its own",
                     "write 'subjects: separate' or 'pooled', or give the loadings");
  }
  check_features(e, mistakes);
  check_trials(e, mistakes);
  check_learners(e, mistakes);
  check_signals(e, mistakes);
}

void check_folds(const Experiment& e, const config::Node& validation, Mistakes& mistakes) {
  if (e.split == Split::none) return;
  const std::vector<ComparableTrials> comparable = comparable_trials(e);
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) {
    const dataset::Subject& subject = e.dataset.subjects[s];
    const std::size_t different = groups_in_folds(subject).size();
    if (e.split == Split::runs && different < 2) {
      mistakes.add(
          validation.place(),
          "subject '" + subject.id + "' has one run" +
              (subject.runs.size() > 1 ? " that is in no set and repeats no other," : ",") +
              " but the split 'runs' leaves one out",
          "write 'split: blocks'");
    } else {
      check_folds_of(e, subject, comparable[s], validation.place(), mistakes);
    }
    if (e.subjects != Subjects::separate &&
        different != groups_in_folds(e.dataset.subjects[0]).size() && e.split == Split::runs) {
      mistakes.add(validation.place(),
                   "subject '" + subject.id + "' has " + std::to_string(different) +
                       " runs, others have " +
                       std::to_string(groups_in_folds(e.dataset.subjects[0]).size()) +
                       ": subjects that are fitted together need the same folds",
                   "write 'split: blocks'");
    }
  }
}

void check_spm(const Experiment& e, const config::Node& inference, Mistakes& mistakes) {
  if (e.spm) check_runs_for_spm(e, mistakes);
  for (const Hypothesis& h : e.hypotheses) {
    if (e.spm) check_drift_for_spm(h, mistakes);
    const simulation::Scheme scheme = scheme_of(e, h.architecture);
    if (e.spm || scheme != simulation::Scheme::accurate) {
      const auto learned =
          std::ranges::find_if(h.architecture.inputs,
                               [](const architecture::Input& i) { return i.learned.has_value(); });
      if (learned != h.architecture.inputs.end())
        mistakes.add(
            learned->place,
            "input '" + learned->name +
                "' holds a signal of a learner, which SPM's treatment and integrators do not "
                "know",
            "remove 'compatibility' and 'integrator'");
      if (learned != h.architecture.inputs.end()) continue;
      for (const architecture::TrialObservation& o : h.architecture.trials)
        mistakes.add(
            o.place,
            "'" + o.name + "' is of trials, which SPM's treatment and integrators do not know",
            "remove 'compatibility' and 'integrator'");
      if (!h.architecture.trials.empty()) continue;
    }
    if (scheme == simulation::Scheme::accurate) continue;
    const architecture::Projection* gated = gated_projection(h.architecture);
    if (scheme == simulation::Scheme::spm_bilinear && gated != nullptr) {
      mistakes.add(inference["integrator"].place(),
                   "the integrator 'spm_bilinear' knows no gates, but hypothesis '" + h.name +
                       "' gates '" + to_text(h.architecture, *gated) + "'",
                   "write 'integrator: spm_second_order' or 'integrator: accurate'");
    }
    const simulation::System system = simulation::compile(h.architecture);
    for (const dataset::Subject& subject : e.dataset.subjects) {
      for (const dataset::Run& run : subject.runs) try {
          static_cast<void>(simulation::spm_run(system, run));
        } catch (const InputError& error) {
          for (const Mistake& m : error.mistakes()) mistakes.add(m.place, m.message, m.note);
        }
    }
  }
}

}  // namespace insula::experiment::detail
