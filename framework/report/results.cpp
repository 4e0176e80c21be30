// SPDX-License-Identifier: Apache-2.0
#include "framework/report/results.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <zlib.h>

#include "framework/report/detail/files.h"

namespace insula::report {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSummary = "summary.json";
constexpr const char* kPredictions = "predictions.h5";
constexpr const char* kPosteriors = "posteriors.h5";
constexpr const char* kInterventions = "interventions.h5";  // only if there are some

/// Tables of which a folder has only those that hold something.
void each_optional(auto& results, auto&& visit) {
  visit("ablation.tsv", results.ablation);
  visit("counterfactuals.tsv", results.stress);
  visit("interventions.tsv", results.interventions);
  visit("rasters.tsv", results.rasters);
  visit("tests.tsv", results.tests);
  visit("partition.tsv", results.partition);
  visit("rdm.tsv", results.rdm);
  visit("group.tsv", results.group);
  visit("recovery.tsv", results.recovery);
  visit("model_recovery.tsv", results.model_recovery);
  visit("calibration.tsv", results.calibration);
  visit("recovery_fits.tsv", results.recovery_fits);
  visit("recovery_values.tsv", results.recovery_values);
}

/// Files that become visible together: written under temporary names, renamed at the end, and
/// removed if that end is not reached.
class Staged {
 public:
  explicit Staged(std::string folder) : folder_(std::move(folder)) {}
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() {
    std::error_code ignored;
    for (const std::string& name : names_) fs::remove(temporary(name), ignored);
  }

  /// The path to write `name` to.
  std::string add(const std::string& name) {
    names_.push_back(name);
    return temporary(name);
  }
  /// In the order of add().
  void publish() {
    for (const std::string& name : names_) {
      std::error_code error;
      fs::rename(temporary(name), folder_ + '/' + name, error);
      if (error) {
        refuse(folder_ + '/' + name, "the file cannot be replaced: " + error.message());
      }
    }
    names_.clear();
  }

 private:
  std::string temporary(const std::string& name) const { return folder_ + '/' + name + ".partial"; }

  std::string folder_;
  std::vector<std::string> names_;
};

/// The file of that name, if it is the one that the summary was written with.
std::string read_checked(const std::string& folder,
                         const std::string& name,
                         const Checksums& checksums) {
  const std::string path = folder + '/' + name;
  std::string bytes = read_file(path);
  const auto known = checksums.find(name);
  if (known == checksums.end() || known->second != checksum(bytes)) {
    refuse(path, "the file was changed or does not belong to this summary.json", kRunAgain);
  }
  return bytes;
}

template <class Row>
void read_table(const std::string& folder,
                const std::string& name,
                const Checksums& checksums,
                std::vector<Row>& rows) {
  from_tsv(read_checked(folder, name, checksums), folder + '/' + name, rows);
}

}  // namespace

void refuse(const std::string& path,
            const std::string& message,
            const std::string& note,
            ExitCode code) {
  Place place;
  place.file = path;
  throw InputError(place, message, note, code);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) {
    refuse(path,
           "the file is missing or cannot be read",
           "a results folder is written by `insula run`",
           ExitCode::no_input);
  }
  return bytes;
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    refuse(path, std::string("the file cannot be written: ") + std::strerror(errno));
  }
}

Checksum checksum(std::string_view bytes) {
  const uLong crc =
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return {bytes.size(), static_cast<std::uint32_t>(crc)};
}

void write(const Results& results, const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) refuse(folder, "the folder cannot be made: " + error.message());
  Staged staged(folder);
  Checksums checksums;
  const auto write_text = [&](const std::string& name, const std::string& text) {
    write_file(staged.add(name), text);
    checksums[name] = checksum(text);
  };
  write_text("scores.tsv", to_tsv(results.scores));
  write_text("comparison.tsv", to_tsv(results.comparison));
  write_text("parameters.tsv", to_tsv(results.parameters));
  write_text("checks.tsv", to_tsv(results.checks));
  each_optional(results, [&](const char* name, const auto& rows) {
    if (!rows.empty()) write_text(name, to_tsv(rows));
  });
  const std::string predictions = staged.add(kPredictions);
  write_predictions(results.predictions, predictions);
  checksums[kPredictions] = checksum(read_file(predictions));
  const std::string posteriors = staged.add(kPosteriors);
  write_posteriors(results.posteriors, posteriors);
  checksums[kPosteriors] = checksum(read_file(posteriors));
  if (!results.intervention_courses.empty()) {
    const std::string courses = staged.add(kInterventions);
    write_interventions(results.intervention_courses, courses);
    checksums[kInterventions] = checksum(read_file(courses));
  }
  write_file(staged.add(kSummary), to_summary_json(results, checksums));
  staged.publish();
  each_optional(results, [&](const char* name, const auto& rows) {
    if (rows.empty()) fs::remove(folder + '/' + name, error);  // an earlier run's
  });
  if (results.intervention_courses.empty()) fs::remove(folder + '/' + kInterventions, error);
}

std::string when_finished(const std::string& folder) {
  const std::string summary = folder + '/' + kSummary;
  std::error_code error;
  if (!fs::exists(summary, error)) return {};
  try {
    Checksums checksums;
    const Results results = from_summary_json(read_file(summary), summary, checksums);
    return results.is_stopped ? std::string() : results.finished;
  } catch (const InputError&) {
    return {};  // damaged: nothing that could be lost
  }
}

Results read(const std::string& folder) {
  Checksums checksums;
  const std::string summary = folder + '/' + kSummary;
  Results results = from_summary_json(read_file(summary), summary, checksums);
  read_table(folder, "scores.tsv", checksums, results.scores);
  read_table(folder, "comparison.tsv", checksums, results.comparison);
  read_table(folder, "parameters.tsv", checksums, results.parameters);
  read_table(folder, "checks.tsv", checksums, results.checks);
  each_optional(results, [&](const char* name, auto& rows) {
    if (checksums.contains(name)) read_table(folder, name, checksums, rows);
  });
  read_checked(folder, kPredictions, checksums);
  results.predictions = read_predictions(folder + '/' + kPredictions);
  if (checksums.contains(kPosteriors)) {
    read_checked(folder, kPosteriors, checksums);
    results.posteriors = read_posteriors(folder + '/' + kPosteriors);
  }
  if (checksums.contains(kInterventions)) {
    read_checked(folder, kInterventions, checksums);
    results.intervention_courses = read_interventions(folder + '/' + kInterventions);
  }
  return results;
}

}  // namespace insula::report
