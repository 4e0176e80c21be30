// SPDX-License-Identifier: Apache-2.0
#include "framework/command/crate.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "framework/dataset/file.h"
#include "framework/report/detail/files.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
constexpr const char* kCrate = "ro-crate-metadata.json";
using Json = nlohmann::ordered_json;

struct KnownFile {
  const char *name, *format, *about;
};
constexpr std::array kKnownFiles{
    KnownFile{"summary.json", "application/json", "Settings, fits and verdicts"},
    KnownFile{"report.html", "text/html", "The report, one page"},
    KnownFile{"scores.tsv", "text/tab-separated-values", "Held-out scores"},
    KnownFile{"comparison.tsv", "text/tab-separated-values", "A row a model"},
    KnownFile{"parameters.tsv", "text/tab-separated-values", "A row a parameter"},
    KnownFile{"checks.tsv", "text/tab-separated-values", "Observed and drawn trials"},
    KnownFile{"ablation.tsv", "text/tab-separated-values", "What each observation adds"},
    KnownFile{
        "tests.tsv", "text/tab-separated-values", "Hypotheses against the best linear baseline"},
    KnownFile{"group.tsv", "text/tab-separated-values", "Effects over subjects"},
    KnownFile{"counterfactuals.tsv", "text/tab-separated-values", "Models of spoilt data"},
    KnownFile{"interventions.tsv", "text/tab-separated-values", "Predicted of changed networks"},
    KnownFile{"interventions.h5", "application/x-hdf5", "Courses with and without changes"},
    KnownFile{"recovery.tsv", "text/tab-separated-values", "Parameters found again"},
    KnownFile{"model_recovery.tsv", "text/tab-separated-values", "Hypotheses found again"},
    KnownFile{"calibration.tsv", "text/tab-separated-values", "Ranks of simulated truths"},
    KnownFile{"recovery_fits.tsv", "text/tab-separated-values", "Fits to simulated data"},
    KnownFile{"recovery_values.tsv", "text/tab-separated-values", "Simulated and found"},
    KnownFile{"rasters.tsv", "text/tab-separated-values", "Counts about events"},
    KnownFile{"predictions.h5", "application/x-hdf5", "Observed, predicted and fitted series"},
    KnownFile{"posteriors.h5", "application/x-hdf5", "Posterior means and covariances"}};

Json reference(const std::string& id) { return {{"@id", id}}; }

Json crate_of(const report::Results& results,
              const std::string& folder,
              const std::string& command) {
  Json parts = Json::array(), inputs = Json::array(), entities = Json::array();
  for (const KnownFile& known : kKnownFiles) {
    const fs::path path = fs::path(folder) / known.name;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    const dataset::MappedFile file(path.string());
    parts.push_back(reference(known.name));
    entities.push_back({{"@id", known.name},
                        {"@type", "File"},
                        {"name", known.name},
                        {"description", known.about},
                        {"encodingFormat", known.format},
                        {"contentSize", std::to_string(file.bytes().size())},
                        {"sha256", dataset::sha256(file.bytes())}});
  }
  for (std::size_t k = 0; k < results.input_files.size(); ++k) {
    const auto& [name, sha256] = results.input_files[k];
    const std::string id = "#input-" + std::to_string(k + 1);
    inputs.push_back(reference(id));
    entities.push_back(
        {{"@id", id}, {"@type", "CreativeWork"}, {"name", name}, {"sha256", sha256}});
  }
  const std::string licence =
      results.dataset_licence.empty() ? "not stated" : results.dataset_licence;
  entities.push_back({{"@id", "#licence"},
                      {"@type", "CreativeWork"},
                      {"name", licence},
                      {"description", "Licence of the dataset that the results are of"}});
  entities.push_back({{"@id", "#insula"},
                      {"@type", "SoftwareApplication"},
                      {"name", "Insula"},
                      {"softwareVersion", results.insula_version}});
  entities.push_back({{"@id", "#run"},
                      {"@type", "CreateAction"},
                      {"name", "Fit, comparison and report of " + results.experiment},
                      {"description", command},
                      {"instrument", reference("#insula")},
                      {"object", inputs},
                      {"result", parts},
                      {"startTime", results.started},
                      {"endTime", results.finished}});
  Json root{{"@id", "./"},
            {"@type", "Dataset"},
            {"name", results.experiment},
            {"description",
             results.description.empty() ? "Results of the experiment " + results.experiment
                                         : results.description},
            {"datePublished", results.finished},
            {"license", reference("#licence")},
            {"hasPart", parts},
            {"mentions", Json::array({reference("#run")})}};
  if (!results.dataset_citation.empty()) root["isBasedOn"] = results.dataset_citation;
  Json graph = Json::array({Json{{"@id", kCrate},
                                 {"@type", "CreativeWork"},
                                 {"conformsTo", reference("https://w3id.org/ro/crate/1.1")},
                                 {"about", reference("./")}},
                            root});
  for (Json& entity : entities) graph.push_back(std::move(entity));
  return {{"@context",
           Json::array({"https://w3id.org/ro/crate/1.1/context",
                        Json{{"sha256", "https://schema.org/sha256"}}})},
          {"@graph", graph}};
}

}  // namespace

void write_crate(const report::Results& results,
                 const std::string& folder,
                 const std::string& command) {
  const std::string path = (fs::path(folder) / kCrate).string();
  const std::string partial = path + ".partial";
  report::write_file(
      partial,
      crate_of(results, folder, command).dump(2, ' ', false, Json::error_handler_t::replace) +
          "\n");
  std::error_code error;
  fs::rename(partial, path, error);
  if (error) report::refuse(path, "the file cannot be replaced: " + error.message());
}

void remove_crate(const std::string& folder) {
  std::error_code ignored;
  fs::remove(fs::path(folder) / kCrate, ignored);
}

}  // namespace insula::command
