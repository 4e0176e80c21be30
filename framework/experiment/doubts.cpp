// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/doubts.h"

#include <cmath>
#include <map>

#include "framework/experiment/detail/corrupt.h"
#include "framework/report/doubts.h"

namespace insula::experiment {
namespace {

using report::FitSummary;

// A fit and what tables call it by.
struct Known {
  const FitSummary* fit = nullptr;
  std::string fold;  // "full": all data
  std::string corruption;
  double strength = 0;
};

// What a row is about.
struct Asked {
  std::string model, subject;
  std::string fold;  // "full", the name of one, or "all" for every fold; empty: every fit
  std::string corruption = "none";
  double strength = 0;  // NaN: any
};

class Marker {
 public:
  Marker(const RunData& clean, const std::vector<RunData>& stressed) {
    add(clean);
    for (const RunData& data : stressed) add(data);
  }

  const std::string& of(Asked asked) {
    const auto model = known_.find(asked.model);
    if (model == known_.end()) return nothing_;
    // "all", the effect of a covariate and whatever else is no subject are of every subject.
    if (!model->second.contains(asked.subject)) asked.subject = kEverybody;
    const bool is_any = std::isnan(asked.strength);
    const std::string key = asked.model + '\t' + asked.subject + '\t' + asked.fold + '\t' +
                            asked.corruption + '\t' +
                            (is_any ? "" : std::to_string(asked.strength));
    const auto [place, is_new] = found_.try_emplace(key);
    if (!is_new) return place->second;
    std::vector<const FitSummary*> fits;
    for (const auto& [subject, of_subject] : model->second)
      if (subject == asked.subject || asked.subject == kEverybody || subject == kEverybody)
        for (const Known& k : of_subject) {
          const bool is_fold = asked.fold.empty() || k.fold == asked.fold ||
                               (asked.fold == "all" && k.fold != "full");
          if (is_fold && k.corruption == asked.corruption &&
              (is_any || k.strength == asked.strength))
            fits.push_back(k.fit);
        }
    return place->second = report::doubts_of(fits);
  }

 private:
  static constexpr const char* kEverybody = "";  // the subject of what all share

  void add(const RunData& data) {
    const std::string corruption =
        data.corruption ? name_of(*data.corruption->counterfactual) : "none";
    const double strength = data.corruption ? data.corruption->strength : 0;
    for (const ModelRun& model : data.models) {
      auto& subjects = known_[model.name];
      if (model.group)
        subjects[kEverybody].push_back({&model.group->summary, "full", corruption, strength});
      for (std::size_t s = 0; s < model.parts.size(); ++s)
        for (std::size_t p = 0; p < model.parts[s].size(); ++p)
          if (model.parts[s][p].done)
            subjects[data.experiment.dataset.subjects[s].id].push_back(
                {&model.parts[s][p].summary,
                 p == 0 ? "full" : data.folds[s][p - 1].name,
                 corruption,
                 strength});
    }
  }

  std::map<std::string, std::map<std::string, std::vector<Known>>> known_;  // model, subject
  std::map<std::string, std::string> found_;
  const std::string nothing_;
};

// Judged where a confound is turned around, fits are those that were trained under it.
std::string trained_under(const std::string& corruption) {
  return corruption.substr(0, corruption.find(kTurnedAround));
}

// Sets that lie apart are predicted by the fit to all other data.
std::string fitted_part(const std::string& fold) {
  return fold.starts_with("set ") ? "full" : fold;
}

std::string joined(const std::string& a, const std::string& b) {
  if (a.empty() || a == b) return b;
  return b.empty() ? a : a + "; " + b;
}

}  // namespace

void mark_doubts(const RunData& clean,
                 const std::vector<RunData>& stressed,
                 report::Results& results) {
  Marker mark(clean, stressed);
  for (report::ScoreRow& row : results.scores)
    row.doubts = mark.of({row.model,
                          row.subject,
                          fitted_part(row.fold),
                          trained_under(row.corruption),
                          row.strength});
  for (report::ComparisonRow& row : results.comparison)
    row.doubts = mark.of({row.model, "all", ""});
  for (report::ParameterRow& row : results.parameters)
    row.doubts = joined(mark.of({row.model, row.subject, "full"}), row.doubts);
  for (report::CheckRow& row : results.checks)
    row.doubts = mark.of({row.model, "all", row.trials == "held_out" ? "all" : "full"});
  for (report::TestRow& row : results.tests)
    row.doubts = joined(mark.of({row.model, "all", "all"}), mark.of({row.other, "all", "all"}));
  for (report::AblationRow& row : results.ablation)
    row.doubts = mark.of({row.model, "all", row.metric == "posterior_sd" ? "full" : "all"});
  for (report::StressRow& row : results.stress)
    row.doubts = mark.of({row.model, row.subject, "", row.corruption, row.strength});
  for (report::PartitionRow& row : results.partition)
    row.doubts = mark.of({row.model, row.subject, "all"});
  for (report::RdmRow& row : results.rdm) row.doubts = mark.of({row.model, row.subject, "all"});
  for (report::InterventionRow& row : results.interventions)
    row.doubts = mark.of({row.model, row.subject, "full"});
  for (report::GroupRow& row : results.group) row.doubts = mark.of({row.model, "all", "full"});
}

}  // namespace insula::experiment
