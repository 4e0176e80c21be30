// SPDX-License-Identifier: Apache-2.0
#include "framework/command/import_spm.h"

#include <algorithm>
#include <filesystem>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/command/spm_architecture.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::SpmDcm;

std::string matrix_table(const std::vector<std::string>& columns, const Eigen::MatrixXd& rows) {
  std::string text = join(columns, "\t") + "\n";
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index k = 0; k < rows.cols(); ++k)
      text += (k > 0 ? "\t" : "") + number_text(rows(i, k));
    text += "\n";
  }
  return text;
}

std::string seconds(double value) { return number_text(value) + " s"; }

std::string delay_text(const SpmDcm& dcm, const SpmNames& names) {
  if (std::ranges::count(dcm.delays, dcm.delays.front()) ==
      static_cast<std::ptrdiff_t>(dcm.delays.size()))
    return seconds(dcm.delays.front());
  std::vector<std::string> each;
  for (std::size_t r = 0; r < names.regions.size(); ++r)
    each.push_back(names.regions[r] + ": " + seconds(dcm.delays[r]));
  return "{" + join(each, ", ") + "}";
}

std::string manifest_text(const SpmDcm& dcm, const SpmNames& names, const std::string& source) {
  const double duration = static_cast<double>(dcm.samples.rows()) * dcm.scan_interval;
  return "# The data of SPM's " + source +
         ", by `insula import spm`: every number as it stands there.\n"
         "insula: dataset/1\nname: " +
         name_from(fs::path(source).stem().string(), "spm") +
         "\nsubjects:\n  - id: s01\n    runs:\n      - id: run-1\n        duration: " +
         seconds(duration) +
         "\n        inputs:\n          file: inputs.tsv\n          interval: " + seconds(dcm.bin) +
         "\n          columns: [" + join(names.inputs, ", ") +
         "]\n        recordings:\n          bold:\n            modality: bold\n"
         "            file: bold.tsv\n            interval: " +
         seconds(dcm.scan_interval) +
         "\n            unit: a.u.\n            delay: " + delay_text(dcm, names) +
         "\n            channels: [" + join(names.regions, ", ") + "]\n" +
         (dcm.confounds.cols() == 0 ? "" : "            confounds: {file: confounds.tsv}\n");
}

std::string spm_experiment_text(const std::vector<std::string>& hypotheses,
                                const std::string& name) {
  std::vector<std::string> files;
  for (const std::string& hypothesis : hypotheses) files.push_back(hypothesis + ".yaml");
  return "# Fits as SPM does, so that numbers can be compared with its own. To ask which model\n"
         "# predicts what it has not seen, and whether it beats linear models, remove the lines\n"
         "# `baselines`, `inference` and `validation`.\n"
         "insula: experiment/1\nname: " +
         name + "\ndataset: dataset.yaml\nhypotheses: [" + join(files, ", ") +
         "]\nbaselines: []\ninference: {compatibility: spm, pareto_draws: 0}\nvalidation: none\n"
         "seed: 1\n";
}

[[noreturn]] void refuse_model(const SpmModel& model,
                               const std::string& message,
                               const char* note) {
  Place place;
  place.file = model.file;
  throw InputError(place, message, note, ExitCode::data);
}

// What differs between two files that should be about the same series, or "".
std::string difference_of_data(const SpmDcm& one, const SpmDcm& other) {
  if (one.regions != other.regions) return "regions";
  if (one.inputs != other.inputs || one.signals != other.signals || one.bin != other.bin)
    return "inputs";
  if (one.samples != other.samples || one.scan_interval != other.scan_interval) return "series";
  if (one.confounds != other.confounds) return "confounds";
  return one.delays == other.delays ? "" : "delays";
}

std::vector<std::string> model_names(const std::vector<SpmModel>& models) {
  std::vector<std::string> names;
  for (const SpmModel& model : models) {
    const std::string stem = fs::path(model.file).stem().string();
    const std::string name = name_from(model.dcm.name.empty() ? stem : model.dcm.name, "model");
    for (const char* taken : {"dataset", "experiment"})
      if (name == taken)
        refuse_model(model,
                     "the model would be called '" + name + "', as another file is",
                     "give the file another name");
    if (std::ranges::find(names, name) != names.end())
      refuse_model(
          model, "another model is called '" + name + "', too", "give the file another name");
    names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<ProjectFile> spm_project(const std::vector<SpmModel>& models) {
  const SpmModel& first = models.front();
  for (const SpmModel& model : models) {
    const std::string what = difference_of_data(first.dcm, model.dcm);
    if (!what.empty())
      refuse_model(
          model,
          "its " + what + " are not those of " + first.file,
          "hypotheses are compared on the same data; import this one into a folder of its own");
  }
  const SpmNames names = names_of(first.dcm);
  const std::vector<std::string> called = model_names(models);
  std::vector<ProjectFile> files;
  for (std::size_t m = 0; m < models.size(); ++m)
    files.push_back(
        {called[m] + ".yaml",
         spm_architecture(
             models[m].dcm, names, called[m], fs::path(models[m].file).filename().string())});
  const SpmDcm& dcm = first.dcm;
  files.push_back({"bold.tsv", matrix_table(names.regions, dcm.samples)});
  files.push_back({"inputs.tsv", matrix_table(names.inputs, dcm.signals)});
  if (dcm.confounds.cols() > 0) {
    std::vector<std::string> columns;
    for (Eigen::Index k = 0; k < dcm.confounds.cols(); ++k)
      columns.push_back("x" + std::to_string(k));
    files.push_back({"confounds.tsv", matrix_table(columns, dcm.confounds)});
  }
  files.push_back(
      {"dataset.yaml", manifest_text(dcm, names, fs::path(first.file).filename().string())});
  files.push_back({"experiment.yaml",
                   spm_experiment_text(called, called.size() == 1 ? called.front() : "spm")});
  return files;
}

}  // namespace insula::command
