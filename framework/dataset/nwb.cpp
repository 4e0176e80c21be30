// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/nwb.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/nwb.h"

namespace insula::dataset {
namespace {

namespace fs = std::filesystem;
using detail::Hdf5File;
using detail::NwbSession;

// A run begins at 0 of its clock unless nothing happens for so long.
constexpr double kLongestSilence = 60;
constexpr double kRounding = 1e-6;  // of bins and intervals: a sum of times is no more exact
constexpr std::size_t kMostBins = 500'000'000;  // of all channels
constexpr std::size_t kMostAnswers = 8;
constexpr const char* kResponses[] = {"response", "choice"};
constexpr const char* kResponseTimes[] = {"response_time", "reaction_time", "rt"};

// The one text of a dataset, or the first of several; "" if there is none.
std::string text_at(const Hdf5File& file, const std::string& path) {
  const auto object = file.find(path);
  if (!object || object->kind != detail::Hdf5Object::Kind::texts) return "";
  const std::vector<std::string> texts = file.texts(path);
  return texts.empty() ? "" : texts.front();
}

void check_root(const Hdf5File& file) {
  const auto root = file.find("");
  if (root && root->text("neurodata_type") == "NWBFile") {
    const std::string version = root->text("nwb_version");
    if (version.starts_with("2.")) return;
    detail::refuse_nwb(
        file, "the file is of NWB version '" + version + "', expected 2", "PyNWB writes version 2");
  }
  const bool is_first = root && root->has("nwb_version");
  detail::refuse_nwb(file,
                     is_first
                         ? "the file is of NWB version 1, expected 2"
                         : "this is no NWB file: its root is not of the neurodata_type NWBFile",
                     is_first ? "PyNWB writes version 2"
                              : "an HDF5 file of another kind is named in a dataset.yaml: "
                                "{file: x.h5, dataset: PATH}");
}

NwbSession read_session(const std::string& path, const NwbQuestion& question) {
  NwbSession session{Hdf5File(path)};
  check_root(session.file);
  session.run.file = path;
  session.subject = text_at(session.file, "general/subject/subject_id");
  session.id = text_at(session.file, "general/session_id");
  session.description = text_at(session.file, "session_description");
  const std::string stem = fs::path(path).stem().string();
  if (session.subject.empty()) session.subject = stem;
  if (session.id.empty()) session.id = stem;
  detail::read_nwb_units(session);
  detail::read_nwb_intervals(session);
  detail::read_nwb_series(session, question);
  if (!session.has_times)
    detail::refuse_nwb(session.file,
                       "the file has no units, series or intervals that can be used",
                       join(session.notes, "; "));
  return session;
}

NwbSeries counted_series(const NwbSession::Counted& counted, const NwbRun& run, double bin) {
  NwbSeries made;
  made.name = counted.name;
  made.modality = counted.modality;
  made.unit = "1";
  made.interval = bin;
  made.channels = counted.channels;
  const auto bins = static_cast<std::size_t>(std::llround(run.duration / bin));
  made.table.resize(static_cast<Eigen::Index>(bins),
                    static_cast<Eigen::Index>(counted.channels.size()));
  const auto edge = [&](std::size_t k) { return run.origin + static_cast<double>(k) * bin; };
  const double rounding = kRounding * bin;
  std::vector<char> is_valid(bins, 1);
  for (std::size_t k = 0; k < bins && !run.invalid.empty(); ++k)
    is_valid[k] = overlaps_any(run.invalid, edge(k) + rounding, edge(k + 1) - rounding) ? 0 : 1;
  for (std::size_t c = 0; c < counted.channels.size(); ++c) {
    const auto counts = detail::counts_in_bins(counted.times[c], run.origin, bin, bins);
    for (std::size_t k = 0; k < bins; ++k) {
      const bool is_seen =
          counted.seen.empty() || std::ranges::any_of(counted.seen[c], [&](const auto& interval) {
            return interval.first <= edge(k) && interval.second >= edge(k + 1);
          });
      made.table(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(c)) =
          is_seen && is_valid[k] != 0 ? static_cast<double>(counts[k]) : kNaN;
    }
  }
  return made;
}

void shift(std::vector<double>& times, double origin) {
  if (origin == 0) return;
  for (double& time : times) time -= origin;
}

// What a series has of its own is missing there; of series in place the manifest says it.
void leave_out_invalid(NwbRun& run) {
  for (NwbSeries& series : run.series)
    for (Eigen::Index k = 0; k < series.table.rows(); ++k) {
      const double time =
          run.origin + series.start + (static_cast<double>(k) + kRounding) * series.interval;
      if (overlaps_any(run.invalid, time, time)) series.table.row(k).setConstant(kNaN);
    }
}

// Names that are given twice get that of the group above before them.
void tell_apart(NwbRun& run) {
  std::map<std::string, int> uses;
  for (const NwbSeries& series : run.series) ++uses[series.name];
  for (NwbSeries& series : run.series) {
    if (uses[series.name] == 1 || series.dataset.empty()) continue;
    const fs::path above = fs::path(series.dataset).parent_path().parent_path();
    series.name = above.filename().string() + "_" + series.name;
  }
}

// The run's clock, and what is counted on it.
void settle(NwbSession& session, double bin) {
  NwbRun& run = session.run;
  const bool is_late = session.first < 0 || session.first >= kLongestSilence;
  run.origin = is_late ? std::floor(session.first) : 0;
  const double length = session.last - run.origin;
  std::size_t channels = 1;
  for (const auto& counted : session.counted) channels += counted.channels.size();
  if (!(length / bin * static_cast<double>(channels) < static_cast<double>(kMostBins)))
    detail::refuse_nwb(session.file,
                       "the session lasts from " + number_text(session.first) + " s to " +
                           number_text(session.last) + " s, which is too long for bins of " +
                           number_text(bin) + " s",
                       "are its times in s? '--bin 1 s' counts in longer bins");
  // Of whole bins, and so that what happens last lies within.
  run.duration = std::max(std::ceil(length / bin - kRounding),
                          std::floor((session.last_moment - run.origin) / bin) + 1) *
                 bin;
  shift(run.trials.start, run.origin);
  shift(run.trials.stop, run.origin);
  for (NwbTable& table : run.events) {
    shift(table.start, run.origin);
    shift(table.stop, run.origin);
  }
  for (NwbSeries& series : run.series) series.start -= run.origin;
  for (NwbPresented& presented : run.presented) {
    presented.series.start -= run.origin;
    shift(presented.times, run.origin);
  }
  leave_out_invalid(run);
  std::vector<NwbSeries> counted;
  for (const auto& some : session.counted) counted.push_back(counted_series(some, run, bin));
  run.series.insert(run.series.begin(),
                    std::make_move_iterator(counted.begin()),
                    std::make_move_iterator(counted.end()));
  for (auto& [from, to] : run.invalid) {
    from -= run.origin;
    to -= run.origin;
  }
  tell_apart(run);
  if (is_late)
    session.notes.push_back("'" + fs::path(run.file).filename().string() + "' begins at " +
                            number_text(run.origin) + " s of its clock, which is 0 s of its run");
}

const NwbColumn* column_of(const NwbTable& table, const std::string& name) {
  const auto it = std::ranges::find(table.columns, name, &NwbColumn::name);
  return it == table.columns.end() ? nullptr : &*it;
}

// The column of that name in some run's trials.
const NwbColumn* column_of(const NwbStudy& study, const std::string& name) {
  for (const NwbSubject& subject : study.subjects)
    for (const NwbRun& run : subject.runs)
      if (const NwbColumn* column = column_of(run.trials, name)) return column;
  return nullptr;
}

// In all trials, missing ones not counted.
std::size_t different_values(const NwbStudy& study, const std::string& name) {
  std::set<std::string> values;
  for (const NwbSubject& subject : study.subjects)
    for (const NwbRun& run : subject.runs) {
      const NwbColumn* column = column_of(run.trials, name);
      if (column == nullptr) continue;
      values.insert(column->texts.begin(), column->texts.end());
      for (const double number : column->numbers)
        if (!std::isnan(number)) values.insert(number_text(number));
    }
  values.erase("");
  return values.size();
}

void find_answers(NwbStudy& study, const std::string& asked) {
  if (!asked.empty()) {
    if (column_of(study, asked) == nullptr) {
      std::vector<std::string> names;
      for (const NwbSubject& subject : study.subjects)
        for (const NwbRun& run : subject.runs)
          for (const NwbColumn& column : run.trials.columns)
            if (std::ranges::find(names, column.name) == names.end()) names.push_back(column.name);
      throw InputError({},
                       "the trials have no column '" + asked + "'",
                       names.empty() ? "the files have no trials" : name_hint(asked, names),
                       ExitCode::usage);
    }
    study.response = asked;
    const std::size_t answers = different_values(study, asked);
    if (answers < 2 || answers > kMostAnswers)
      throw InputError({},
                       "the column '" + asked + "' has " + std::to_string(answers) +
                           (answers == 1 ? " value" : " different values") +
                           ", but answers are one of 2 to 8",
                       "leave '--response' out to keep it as a column",
                       ExitCode::usage);
  }
  for (const char* name : kResponses)
    if (study.response.empty() && column_of(study, name) != nullptr) study.response = name;
  for (const char* name : kResponseTimes) {
    const NwbColumn* column = column_of(study, name);
    if (study.response_time.empty() && column != nullptr && !column->is_text)
      study.response_time = name;
  }
}

void refuse_unknown_series(const std::vector<std::string>& asked,
                           const std::vector<char>& was_found,
                           const std::vector<std::string>& there) {
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (was_found[i] != 0) continue;
    std::vector<std::string> names;
    for (const std::string& path : there) names.push_back(path.substr(path.rfind('/') + 1));
    throw InputError({},
                     "there is no series '" + asked[i] + "'",
                     there.empty() ? "the files have no series" : name_hint(asked[i], names),
                     ExitCode::usage);
  }
}

void add_to(NwbStudy& study, NwbSession& session) {
  auto subject = std::ranges::find(study.subjects, session.subject, &NwbSubject::id);
  if (subject == study.subjects.end()) {
    study.subjects.push_back({session.subject, {}});
    subject = std::prev(study.subjects.end());
  }
  const auto same = std::ranges::find(subject->runs, session.id, &NwbRun::id);
  if (same != subject->runs.end())
    detail::refuse_nwb(session.file,
                       "the file is session '" + session.id + "' of subject '" + session.subject +
                           "', and so is '" + same->file + "'",
                       "leave one out, or give them a session_id each");
  session.run.id = session.id;
  for (const std::string& note : session.notes)
    if (std::ranges::find(study.notes, note) == study.notes.end()) study.notes.push_back(note);
  subject->runs.push_back(std::move(session.run));
}

}  // namespace

NwbStudy read_nwb(const NwbQuestion& question) {
  NwbStudy study;
  study.bin = question.bin;
  std::vector<char> was_found(question.series.size(), 0);
  std::vector<std::string> there;
  for (const std::string& path : question.files) {
    NwbSession session = read_session(path, question);
    settle(session, question.bin);
    for (std::size_t i = 0; i < was_found.size(); ++i)
      was_found[i] = static_cast<char>(was_found[i] | session.was_asked_for[i]);
    there.insert(there.end(), session.series_there.begin(), session.series_there.end());
    if (study.description.empty()) study.description = session.description;
    if (study.citation.empty())
      study.citation = text_at(session.file, "general/related_publications");
    add_to(study, session);
  }
  refuse_unknown_series(question.series, was_found, there);
  study.name = question.files.size() == 1 ? fs::path(question.files[0]).stem().string() : "nwb";
  find_answers(study, question.response);
  return study;
}

}  // namespace insula::dataset
