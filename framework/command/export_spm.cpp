// SPDX-License-Identifier: Apache-2.0
// `insula export spm`: hypotheses, their data and what was found out about them as DCM.mat.
#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/folder.h"
#include "framework/command/spm_estimates.h"
#include "framework/command/terminal.h"
#include "framework/dataset/matlab_write.h"
#include "framework/experiment/version.h"
#include "framework/report/detail/files.h"
#include "modules/catalogue.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using experiment::Experiment;
using experiment::Hypothesis;

const std::vector<std::string> kExported{"spm"};

[[noreturn]] void refuse_experiment(const std::string& file,
                                    const std::string& message,
                                    const std::string& note) {
  Place place;
  place.file = file;
  throw InputError(place, message, note, ExitCode::data);
}

std::vector<const Hypothesis*> asked_for(const Experiment& e, const std::string& model) {
  std::vector<const Hypothesis*> asked;
  std::vector<std::string> names;
  for (const Hypothesis& h : e.hypotheses) {
    names.push_back(h.name);
    if (model.empty() || model == h.name) asked.push_back(&h);
  }
  if (asked.empty())
    throw InputError({},
                     "the experiment has no hypothesis '" + model + "'",
                     name_hint(model, names),
                     ExitCode::usage);
  return asked;
}

// Estimates are of the documents that the run has read.
report::Results results_of(const Experiment& e, const std::string& folder) {
  report::Results results = report::read(folder);
  for (const auto& [file, sha256] : e.input_files) {
    const auto known =
        std::ranges::find(results.input_files, file, [](const auto& entry) { return entry.first; });
    if (known == results.input_files.end() || known->second != sha256)
      report::refuse(folder,
                     "the results are not of this experiment as it is now: '" + file +
                         (known == results.input_files.end() ? "' was not read" : "' was another"),
                     "run the experiment again, or leave --results out");
  }
  if (e.subjects != experiment::Subjects::separate && e.dataset.subjects.size() > 1)
    refuse_experiment(e.file,
                      "subjects were fitted together, and an estimated DCM.mat holds a fit of one",
                      "write {subjects: separate} and run again: SPM's PEB starts from there; or "
                      "leave --results out");
  return results;
}

struct NamedFile {
  std::string name;
  dataset::MatlabValue value;
};

// Under temporary names first, so that none is there in part.
void write_matlab_files(const std::string& folder, const std::vector<NamedFile>& files) {
  std::error_code error;
  for (const NamedFile& file : files) {
    const fs::path path = fs::path(folder) / file.name;
    fs::create_directories(path.parent_path(), error);
    if (error)
      report::refuse(path.parent_path().string(), "the folder cannot be made: " + error.message());
    const std::string partial = path.string() + ".partial";
    dataset::write_matlab(file.value, partial, dataset::MatlabVersion::v5);
    fs::rename(partial, path, error);
    if (error) report::refuse(path.string(), "the file cannot be written: " + error.message());
    print(path.string() + "\n");
  }
}

std::string folder_of(const Experiment& e, std::size_t subject, std::size_t run) {
  const auto& runs = e.dataset.subjects[subject].runs;
  if (e.dataset.subjects.size() == 1 && runs.size() == 1) return "";
  return e.dataset.subjects[subject].id + (runs.size() > 1 ? "_" + runs[run].id : "");
}

class SpmExport {
 public:
  SpmExport(const Experiment& e, const ExportArguments& typed) : e_(e), folder_(typed.results) {
    if (!folder_.empty()) results_ = results_of(e, folder_);
    for (const Hypothesis* hypothesis : asked_for(e, typed.model))
      for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s)
        for (std::size_t r = 0; r < e.dataset.subjects[s].runs.size(); ++r) add(*hypothesis, s, r);
  }
  std::vector<NamedFile> files;
  std::vector<std::pair<std::string, std::string>> notes;  // of a file

 private:
  void add(const Hypothesis& hypothesis, std::size_t subject, std::size_t run) {
    const dataset::Subject& who = e_.dataset.subjects[subject];
    if (!folder_.empty() && who.runs.size() > 1)
      refuse_experiment(e_.file,
                        "subject '" + who.id + "' has " + std::to_string(who.runs.size()) +
                            " runs, and an estimated DCM.mat holds one",
                        "leave --results out: each run becomes a file");
    SpmDcmOf spm = spm_dcm_of(hypothesis.architecture, who.runs[run]);
    std::optional<dataset::SpmEstimates> estimates;
    if (!folder_.empty())
      estimates = spm_estimates(e_, hypothesis, subject, results_, folder_, spm);
    const std::string stem = (hypothesis.name.starts_with("DCM") ? "" : "DCM_") + hypothesis.name;
    const std::string name = (fs::path(folder_of(e_, subject, run)) / (stem + ".mat")).string();
    files.push_back({name, spm_dcm_file(spm.dcm, estimates, hypothesis.name, kVersion)});
    for (const std::string& note : spm.notes) notes.emplace_back(name, note);
  }

  const Experiment& e_;
  std::string folder_;
  report::Results results_;
};

}  // namespace

int export_files(const ExportArguments& arguments) {
  if (std::ranges::find(kExported, arguments.format) == kExported.end())
    throw InputError({},
                     "nothing can be exported to '" + arguments.format + "'",
                     name_hint(arguments.format, kExported, "there is"),
                     ExitCode::usage);
  refuse_occupied(arguments.out);
  const Catalogue kinds = catalogue();
  const Experiment experiment = experiment::load(arguments.experiment, kinds);
  const SpmExport all(experiment, arguments);
  write_matlab_files(arguments.out, all.files);
  std::set<std::string> told;
  for (const auto& [file, note] : all.notes)
    if (told.insert(note).second) print("  " + file + ": " + note + "\n");
  return 0;
}

}  // namespace insula::command
