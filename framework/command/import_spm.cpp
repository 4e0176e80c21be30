// SPDX-License-Identifier: Apache-2.0
#include "framework/command/import_spm.h"

#include <algorithm>
#include <filesystem>

#include "framework/base/text.h"
#include "framework/command/spm_architecture.h"
#include "framework/command/spm_manifest.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::SpmDcm;

std::string experiment_of_one(const std::vector<std::string>& files, const std::string& name) {
  return "# Fits as SPM does, so that numbers can be compared with its own. To ask which model\n"
         "# predicts what it has not seen, and whether it beats linear models, remove the lines\n"
         "# `baselines`, `inference` and `validation`.\n"
         "insula: experiment/1\nname: " +
         name + "\ndataset: dataset.yaml\nhypotheses: [" + join(files, ", ") +
         "]\nbaselines: []\ninference: {compatibility: spm, pareto_draws: 0}\nvalidation: none\n"
         "seed: 1\n";
}

std::string experiment_of_a_group(const std::vector<std::string>& files, const std::string& name) {
  return "# Fits all subjects at once, each with parameters drawn from the group's, as SPM's PEB\n"
         "# does after the fact. With `{compatibility: spm}` in the place of `{subjects:\n"
         "# hierarchical}` each is fitted by itself and as SPM does. To ask which model predicts\n"
         "# what it has not seen, and whether it beats linear models, remove the lines\n"
         "# `baselines` and `validation`.\n"
         "insula: experiment/1\nname: " +
         name + "\ndataset: dataset.yaml\nhypotheses: [" + join(files, ", ") +
         "]\nbaselines: []\ninference: {subjects: hierarchical, pareto_draws: 0}\n"
         "validation: none\nseed: 1\n";
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

// What differs between two subjects' files that should be the same model, or "".
std::string difference_of_models(const SpmDcm& one, const SpmDcm& other) {
  if (one.regions != other.regions) return "regions";
  if (one.inputs != other.inputs) return "inputs' names";
  if (one.a != other.a || one.b != other.b || one.c != other.c || one.d != other.d) return "masks";
  if (one.echo_time != other.echo_time) return "echo time";
  return one.priors == other.priors ? "" : "priors";
}

struct SpmSubject {
  std::string id;
  std::vector<const SpmModel*> models;
};

// A folder is a subject.
std::vector<SpmSubject> subjects_of(const std::vector<SpmModel>& models) {
  std::vector<SpmSubject> subjects;
  std::vector<fs::path> folders;
  for (const SpmModel& model : models) {
    const fs::path folder = fs::path(model.file).lexically_normal().parent_path();
    const auto known = std::ranges::find(folders, folder);
    if (known == folders.end()) {
      folders.push_back(folder);
      subjects.push_back(
          {name_from(folder.filename().string(), "s" + std::to_string(folders.size())), {&model}});
    } else {
      subjects[static_cast<std::size_t>(known - folders.begin())].models.push_back(&model);
    }
  }
  if (subjects.size() == 1) subjects.front().id = "s01";
  for (std::size_t s = 0; s < subjects.size(); ++s)
    for (std::size_t t = 0; t < s; ++t)
      if (subjects[s].id == subjects[t].id)
        refuse_model(*subjects[s].models.front(),
                     "its subject would be called '" + subjects[s].id + "', as that of " +
                         subjects[t].models.front()->file,
                     "each folder is a subject; give the folders names of their own");
  return subjects;
}

std::vector<std::string> model_names(const std::vector<const SpmModel*>& models) {
  std::vector<std::string> names;
  for (const SpmModel* model : models) {
    const std::string stem = fs::path(model->file).stem().string();
    const std::string name = name_from(model->dcm.name.empty() ? stem : model->dcm.name, "model");
    for (const char* taken : {"dataset", "experiment"})
      if (name == taken)
        refuse_model(*model,
                     "the model would be called '" + name + "', as another file is",
                     "give the file another name");
    if (std::ranges::find(names, name) != names.end())
      refuse_model(
          *model, "another model is called '" + name + "', too", "give the file another name");
    names.push_back(name);
  }
  return names;
}

void refuse_other_data(const SpmSubject& subject) {
  const SpmModel& first = *subject.models.front();
  for (const SpmModel* model : subject.models) {
    const std::string what = difference_of_data(first.dcm, model->dcm);
    if (!what.empty())
      refuse_model(*model,
                   "its " + what + " are not those of " + first.file,
                   "hypotheses are compared on the same data; import this one into a folder of its "
                   "own, or, if it is of another subject, put each subject's files into a folder");
  }
}

void refuse_other_models(const SpmSubject& first, SpmSubject& subject) {
  const std::vector<std::string> called = model_names(first.models);
  const std::vector<std::string> here = model_names(subject.models);
  std::vector<const SpmModel*> ordered;
  for (std::size_t m = 0; m < called.size(); ++m) {
    const auto same = std::ranges::find(here, called[m]);
    if (same == here.end())
      refuse_model(*subject.models.front(),
                   "subject '" + subject.id + "' has no model '" + called[m] + "', as '" +
                       first.id + "' has",
                   "the models of a group are the same in all folders");
    ordered.push_back(subject.models[static_cast<std::size_t>(same - here.begin())]);
    const std::string what = difference_of_models(first.models[m]->dcm, ordered.back()->dcm);
    if (!what.empty())
      refuse_model(*ordered.back(),
                   "its " + what + " differ from those of " + first.models[m]->file,
                   "the models of a group are the same in all subjects; import others into a "
                   "folder of their own");
  }
  if (here.size() > called.size())
    refuse_model(*subject.models.back(),
                 "subject '" + subject.id + "' has " + std::to_string(here.size()) +
                     " models, and '" + first.id + "' has " + std::to_string(called.size()),
                 "the models of a group are the same in all folders");
  subject.models = ordered;
}

}  // namespace

std::vector<ProjectFile> spm_project(const std::vector<SpmModel>& models) {
  std::vector<SpmSubject> subjects = subjects_of(models);
  const std::vector<std::string> called = model_names(subjects.front().models);
  for (SpmSubject& subject : subjects) {
    refuse_other_data(subject);
    refuse_other_models(subjects.front(), subject);
  }
  const bool is_group = subjects.size() > 1;
  const SpmNames names = names_of(models.front().dcm);
  std::vector<ProjectFile> files;
  std::vector<std::string> hypotheses;
  for (std::size_t m = 0; m < called.size(); ++m) {
    const SpmModel& model = *subjects.front().models[m];
    SpmDcm dcm = model.dcm;
    if (is_group) {  // said of a file, which is one of many
      dcm.free_energy.reset();
      dcm.notes.clear();
    }
    const std::string file = fs::path(model.file).filename().string();
    hypotheses.push_back(called[m] + ".yaml");
    files.push_back({hypotheses.back(), spm_architecture(dcm, names, called[m], file)});
  }
  std::vector<SpmSubjectTables> tables;
  for (const SpmSubject& subject : subjects)
    tables.push_back(
        {subject.id, {{"run-1", is_group ? subject.id + "_" : "", &subject.models.front()->dcm}}});
  const fs::path first = models.front().file;
  const std::string origin =
      "The data of SPM's " + first.filename().string() +
      (is_group ? " of " + std::to_string(subjects.size()) + " subjects" : "") +
      ", by `insula import spm`: every number as it stands there.";
  for (ProjectFile& file :
       spm_dataset(name_from(first.stem().string(), "spm"), origin, names, tables))
    files.push_back(std::move(file));
  const std::string name = called.size() == 1 ? called.front() : "spm";
  files.push_back(
      {"experiment.yaml",
       is_group ? experiment_of_a_group(hypotheses, name) : experiment_of_one(hypotheses, name)});
  return files;
}

std::vector<ProjectFile> spm_design_project(const dataset::SpmDesign& design,
                                            const std::string& file) {
  const SpmNames names = names_of(design.sessions.front().data);
  SpmSubjectTables subject{"s01", {}};
  for (const dataset::SpmSession& session : design.sessions) {
    const std::string id = "session-" + std::to_string(session.number);
    subject.runs.push_back({id, design.sessions.size() > 1 ? id + "_" : "", &session.data});
  }
  const std::string folder =
      fs::absolute(file).lexically_normal().parent_path().filename().string();
  return spm_dataset(name_from(folder, "spm"),
                     "The regions and conditions of SPM's " + fs::path(file).filename().string() +
                         ", by `insula import spm`: every number as it stands there.",
                     names,
                     {subject});
}

}  // namespace insula::command
