// SPDX-License-Identifier: Apache-2.0
#include "framework/report/html.h"

#include <fmt/format.h>

#include <filesystem>

#include "framework/report/detail/files.h"
#include "framework/report/detail/page_files.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

std::string series_note(std::size_t left_out) {
  if (left_out == 0) return "";
  return fmt::format(
      " {} more are not on this page, which would grow too large: predictions.h5 holds "
      "them all.",
      counted(left_out, "recording"));
}

std::string subject_note(const Results& results) {
  for (const ModelSummary& model : results.models) {
    for (const FitSummary& fit : model.fits) {
      if (fit.subject != model.fits.front().subject) {
        return " The drawings show the subject " + model.fits.front().subject +
               "; the parameter table has all.";
      }
    }
  }
  return "";
}

bool any_check(const Results& results, bool about_events) {
  for (const CheckRow& row : results.checks) {
    if ((row.check == kEventLocked) == about_events) return true;
  }
  return false;
}

bool is_stressed(const Results& results) {
  for (const ScoreRow& row : results.scores) {
    if (row.corruption != "none") return true;
  }
  return false;
}

std::string page_of(const Results& all) {
  const Results results = without_ablation(all);
  std::size_t left_out = 0;
  const std::string data = figure_data(results, left_out);
  const std::string comparison = to_tsv(results.comparison), scores = to_tsv(all.scores);
  const std::string parameters = to_tsv(all.parameters), checks = to_tsv(all.checks);
  const Html group = group_effects(results), sets = set_section(results);
  return fill(
      kPage,
      {{"title", text(results.experiment).code()},
       {"description", text(results.description).code()},
       {"dataset", text(results.dataset_name).code()},
       {"style", std::string(kStyle)},
       {"stopped", stopped(results).code()},
       {"verdicts", verdicts(results).code()},
       {"comparison", (comparison_table(results) + group_table(results)).code()},
       {"comparison_data", data_link("comparison.tsv", comparison).code()},
       {"tests", test_table(results).code()},
       {"scores", fold("Scores as tables", score_tables(results)).code()},
       {"scores_data", data_link("scores.tsv", scores).code()},
       {"drawings", drawings(results).code()},
       {"subject_note", text(subject_note(results)).code()},
       {"series_note", text(series_note(left_out)).code()},
       {"events_hidden", any_check(results, true) ? "" : "hidden"},
       {"events", event_figures(results).code()},
       {"events_data", data_link("checks.tsv", checks).code()},
       {"rasters_data",
        results.rasters.empty() ? "" : data_link("rasters.tsv", to_tsv(results.rasters)).code()},
       {"trials_hidden", any_check(results, false) ? "" : "hidden"},
       {"trials", trial_figures(results).code()},
       {"trials_data", data_link("checks.tsv", checks).code()},
       {"parameters", fold("Parameters as a table", parameter_table(results)).code()},
       {"parameters_data", data_link("parameters.tsv", parameters).code()},
       {"ablation_hidden", all.ablation.empty() ? "hidden" : ""},
       {"ablation", ablation(all).code()},
       {"ablation_data", data_link("ablation.tsv", to_tsv(all.ablation)).code()},
       {"sets_hidden", sets.empty() ? "hidden" : ""},
       {"sets", sets.code()},
       {"partition_hidden", results.partition.empty() ? "hidden" : ""},
       {"partition", partition_section(results).code()},
       {"partition_data", data_link("partition.tsv", to_tsv(results.partition)).code()},
       {"rdm_hidden", results.rdm.empty() ? "hidden" : ""},
       {"rdm", rdm_section(results).code()},
       {"rdm_data", data_link("rdm.tsv", to_tsv(results.rdm)).code()},
       {"group_hidden", group.empty() ? "hidden" : ""},
       {"group", group.code()},
       {"group_data", data_link("group.tsv", to_tsv(results.group)).code()},
       {"fits", (fit_tables(results) + tuning_table(results)).code()},
       {"stress_hidden", is_stressed(results) ? "" : "hidden"},
       {"stress", stress_tables(results).code()},
       {"stress_data", data_link("counterfactuals.tsv", to_tsv(all.stress)).code()},
       {"interventions_hidden", all.interventions.empty() ? "hidden" : ""},
       {"interventions", intervention_tables(results).code()},
       {"interventions_data", data_link("interventions.tsv", to_tsv(all.interventions)).code()},
       {"recovery_hidden", all.recovery_fits.empty() ? "hidden" : ""},
       {"recovery", recovery_tables(results).code()},
       {"recovery_data", data_link("recovery.tsv", to_tsv(all.recovery)).code()},
       {"model_recovery_data", data_link("model_recovery.tsv", to_tsv(all.model_recovery)).code()},
       {"recovery_values_data",
        data_link("recovery_values.tsv", to_tsv(all.recovery_values)).code()},
       {"recovery_fits_data", data_link("recovery_fits.tsv", to_tsv(all.recovery_fits)).code()},
       {"calibration_data", data_link("calibration.tsv", to_tsv(all.calibration)).code()},
       {"findings", findings(results).code()},
       {"not_computed", not_computed(results).code()},
       {"methods", methods(results).code()},
       {"provenance", provenance(results).code()},
       {"version", text(results.insula_version).code()},
       {"library", std::string(kLibrary)},
       {"data", data},
       {"scripts", std::string(kScripts)}});
}

}  // namespace

void write_html(const std::string& folder) {
  const std::string path = folder + "/report.html", temporary = path + ".partial";
  write_file(temporary, page_of(read(folder)));
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) refuse(path, "the file cannot be replaced: " + error.message());
}

}  // namespace insula::report
