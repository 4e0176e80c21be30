// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/bids.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"

namespace insula::dataset {
namespace {

namespace fs = std::filesystem;
using detail::BidsFolder;
using detail::Derivatives;

constexpr const char* kDescription = "dataset_description.json";

BidsFolder raw_folder(const std::string& folder) {
  BidsFolder raw(folder);
  if (!raw.has(kDescription))
    detail::refuse_bids(
        raw.root(),
        std::string("this is no BIDS dataset: it has no ") + kDescription,
        "name the folder that holds the folders of the subjects, or write {\"Name\": "
        "\"…\", \"BIDSVersion\": \"1.9.0\"} into it");
  return raw;
}

// The folders asked for, or `derivatives` of the dataset and each folder in it. A dataset of
// derivatives has its own.
Derivatives derivatives_of(const BidsFolder& raw, const std::vector<std::string>& asked) {
  std::vector<std::string> paths = asked;
  std::error_code error;
  const fs::path standard = raw.path("derivatives");
  if (asked.empty() && fs::is_directory(standard, error)) {
    paths.push_back(standard.string());
    for (const auto& entry : fs::directory_iterator(standard, error))
      if (entry.is_directory(error)) paths.push_back(entry.path().string());
    std::ranges::sort(paths);
  }
  Derivatives folders;
  const fs::path root = fs::canonical(raw.root(), error);
  for (const std::string& path : paths) {
    if (asked.empty() && fs::canonical(path, error) == root)
      detail::refuse_bids(
          path, "the link leads back to the dataset that holds it", "remove the link");
    folders.push_back(std::make_unique<BidsFolder>(path));
  }
  if (asked.empty()) folders.push_back(std::make_unique<BidsFolder>(raw.root()));
  return folders;
}

void describe_study(const BidsFolder& raw, BidsStudy& study) {
  const detail::Sidecar description = detail::read_sidecar(raw.path(kDescription));
  study.name = detail::sidecar_text(description, "Name");
  study.licence = detail::sidecar_text(description, "License");
  std::vector<std::string> parts;
  const auto authors = description.find("Authors");
  if (authors != description.end()) parts = authors->second.list;
  const std::string doi = detail::sidecar_text(description, "DatasetDOI");
  study.citation = join(parts, ", ") + (parts.empty() || doi.empty() ? "" : ". ") + doi;
}

BidsRun read_run(const detail::RunFiles& files,
                 const Derivatives& derivatives,
                 const BidsQuestion& question,
                 detail::BidsEvents& events) {
  BidsRun run;
  run.id = detail::id_of(files.entities);
  double recorded = 0;
  run.signals = detail::read_signals(files, recorded);
  const double happened = events.read(files, run);
  if (files.series != nullptr) {
    run.series = detail::read_series(files, derivatives, question);
    run.duration = static_cast<double>(run.series->samples) * run.series->interval;
  } else if (happened > recorded) {
    run.duration = std::floor(happened) + 1;  // so that the last event lies within
  } else {
    run.duration = recorded;
  }
  return run;
}

// Percent in some runs and other units in others cannot be one recording.
void agree_about_intensities(BidsStudy& study) {
  std::size_t raw = 0, all = 0;
  for (const BidsSubject& subject : study.subjects)
    for (const BidsRun& run : subject.runs) {
      all += run.series ? 1 : 0;
      raw += run.series && run.series->is_raw ? 1 : 0;
    }
  if (raw == 0 || raw == all) return;
  study.notes.push_back("series lie around a mean far from 0 in " + std::to_string(raw) + " of " +
                        std::to_string(all) + " runs, so none is brought to percent of it");
  for (BidsSubject& subject : study.subjects)
    for (BidsRun& run : subject.runs)
      if (run.series) run.series->is_raw = false;
}

}  // namespace

bool is_image_of_labels(const std::string& atlas) {
  return atlas.ends_with(".nii") || atlas.ends_with(".nii.gz");
}

BidsStudy read_bids(const BidsQuestion& question) {
  const BidsFolder raw = raw_folder(question.folder);
  const auto derivatives = derivatives_of(raw, question.derivatives);
  BidsStudy study;
  describe_study(raw, study);
  study.task = detail::task_of(raw, derivatives, question.task);
  detail::BidsEvents events(question.response);
  for (const detail::RunFiles& files : detail::runs_asked_for(raw, derivatives, question, study)) {
    if (study.subjects.empty() || study.subjects.back().id != files.subject())
      study.subjects.push_back({files.subject(), {}});
    study.subjects.back().runs.push_back(read_run(files, derivatives, question, events));
  }
  agree_about_intensities(study);
  events.settle(study.subjects, study);
  study.participants = detail::read_participants(raw, study.subjects, study.notes);
  return study;
}

}  // namespace insula::dataset
