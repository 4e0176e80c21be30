// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <unordered_map>
#include <utility>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"

namespace insula::dataset::detail {
namespace {

using Severity = Finding::Severity;

struct NamedRun {
  const Run* run;
  std::string where;
};

std::vector<NamedRun> all_runs(const Dataset& dataset) {
  std::vector<NamedRun> runs;
  for (const Subject& subject : dataset.subjects) {
    for (const Run& run : subject.runs) runs.push_back({&run, subject.id + "/" + run.id});
  }
  return runs;
}

std::string quoted_words(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back("'" + name + "'");
  return in_words(quoted);
}

void check_copies(const std::vector<NamedRun>& runs, std::vector<Finding>& findings) {
  struct Seen {
    std::size_t run;
    const Eigen::MatrixXd* samples;
    Eigen::Index channel;
  };
  std::unordered_map<std::uint64_t, std::vector<Seen>> seen;
  std::map<std::pair<std::size_t, std::size_t>, int> shared;  // (later, earlier run) → channels
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (const Recording& recording : runs[r].run->recordings) {
      for (Eigen::Index c = 0; c < recording.samples.cols(); ++c) {
        const Series series = recording.samples.col(c);
        if (!varies(series)) continue;
        bool is_new = true;
        std::vector<Seen>& like = seen[fingerprint(series)];
        for (const Seen& other : like) {
          if (!same_samples(other.samples->col(other.channel), series)) continue;
          is_new = false;
          if (other.run != r) ++shared[{r, other.run}];
          break;
        }
        if (is_new) like.push_back({r, &recording.samples, c});
      }
    }
  }
  for (const auto& [pair, count] : shared) {
    findings.push_back({Severity::error,
                        "runs_identical",
                        runs[pair.first].where,
                        std::to_string(count) + (count == 1 ? " channel holds" : " channels hold") +
                            " the same samples as in " + runs[pair.second].where +
                            ": a copy, and leakage if one of the two runs is held out"});
  }
}

void check_input_names(const Dataset& dataset,
                       const std::vector<NamedRun>& runs,
                       std::vector<Finding>& findings) {
  const std::vector<std::string> names = dataset.input_names();
  for (const NamedRun& named : runs) {
    std::vector<std::string> absent;
    for (const std::string& name : names) {
      if (named.run->input(name) == nullptr) absent.push_back(name);
    }
    if (absent.empty()) continue;
    findings.push_back({Severity::warning,
                        "different_inputs_between_runs",
                        named.where,
                        "the run lacks " + quoted_words(absent) + ", which other runs have"});
  }
}

void compare(const Recording& recording,
             const Recording& first,
             const std::string& where,
             const std::string& first_where,
             std::vector<Finding>& findings) {
  if (recording.channels != first.channels) {
    findings.push_back({Severity::warning,
                        "different_channels_between_runs",
                        where,
                        "the channels are " + quoted_words(recording.channels) + ", in " +
                            first_where + " they are " + quoted_words(first.channels)});
  }
  if (recording.unit != first.unit || recording.modality != first.modality) {
    findings.push_back({Severity::error,
                        "different_units_between_runs",
                        where,
                        "the recording is " + recording.modality + " in " + recording.unit +
                            ", in " + first_where + " it is " + first.modality + " in " +
                            first.unit});
  }
}

void check_recordings_alike(const std::vector<NamedRun>& runs, std::vector<Finding>& findings) {
  std::map<std::string, std::pair<const Recording*, std::string>> first;
  for (const NamedRun& named : runs) {
    for (const Recording& recording : named.run->recordings) {
      const auto [it, is_new] = first.emplace(recording.name, std::pair{&recording, named.where});
      if (is_new) continue;
      compare(recording,
              *it->second.first,
              named.where + "/" + recording.name,
              it->second.second,
              findings);
    }
  }
}

// What runs that repeat a stimulus are told besides it differs between them.
void check_repeats_alike(const Dataset& dataset, std::vector<Finding>& findings) {
  for (const Subject& subject : dataset.subjects) {
    std::map<std::string, const Run*> first;
    for (const Run& run : subject.runs) {
      if (run.stimulus.empty()) continue;
      const auto [it, is_new] = first.emplace(run.stimulus, &run);
      if (is_new) continue;
      std::vector<std::string> others;
      for (const StepSignal& input : run.inputs) {
        const StepSignal* before = it->second->input(input.name);
        if (before && (before->onset != input.onset || before->value != input.value))
          others.push_back(input.name);
      }
      if (others.empty()) continue;
      findings.push_back({Severity::warning,
                          "repeats_with_other_inputs",
                          subject.id + "/" + run.id,
                          "the run repeats stimulus '" + run.stimulus + "' of " + subject.id + "/" +
                              it->second->id + ", but " + quoted_words(others) +
                              (others.size() == 1 ? " differs" : " differ") +
                              ": a model that knows of it may pass the noise ceiling"});
    }
  }
}

}  // namespace

void check_between_runs(const Dataset& dataset, std::vector<Finding>& findings) {
  const std::vector<NamedRun> runs = all_runs(dataset);
  check_copies(runs, findings);
  check_input_names(dataset, runs, findings);
  check_recordings_alike(runs, findings);
  check_repeats_alike(dataset, findings);
}

}  // namespace insula::dataset::detail
