// SPDX-License-Identifier: Apache-2.0
// The parts that a session is read by.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/dataset/detail/hdf5_file.h"
#include "framework/dataset/nwb.h"

namespace insula::dataset::detail {

/// A mistake in one file; paths in it are in quotes.
[[noreturn]] void refuse_nwb(const Hdf5File& file,
                             const std::string& why,
                             const std::string& note = {});

/// The neurodata_type of an object.
/// errors  InputError (data) if it says none
std::string type_of(const Hdf5File& file, const std::string& path, const Hdf5Object& object);

/// As messages show what should be a time.
std::string time_text(double value);

/// A dataset of numbers in one dimension; of none if it is empty.
std::vector<double> column_of_numbers(const Hdf5File& file, const std::string& path);

/// A DynamicTable: columns with one entry a row, some of them ragged.
class NwbDynamicTable {
 public:
  /// errors  InputError (data) if it has no 'id' or is no group
  NwbDynamicTable(const Hdf5File& file, std::string path);

  std::size_t rows() const { return rows_; }
  const Hdf5Object& group() const { return group_; }
  bool has(const std::string& column) const { return group_.has(column); }
  bool is_ragged(const std::string& column) const { return group_.has(column + "_index"); }
  std::vector<double> ids() const;
  /// The columns that are no index, in the order that the file gives.
  std::vector<std::string> columns() const;

  /// One number or text a row; nothing if the column is something else.
  std::optional<NwbColumn> plain(const std::string& column) const;
  /// Of a ragged column where each row begins and ends.
  /// errors  InputError (data) for an index that goes down, ends beyond its column, or has another
  ///         length than the table
  std::vector<std::pair<std::size_t, std::size_t>> ranges(const std::string& column) const;

  std::string path_of(const std::string& column) const { return path_ + "/" + column; }
  const Hdf5File& file() const { return file_; }

 private:
  const Hdf5File& file_;
  std::string path_;
  Hdf5Object group_;
  std::size_t rows_ = 0;
};

/// A session while it is read: times are as the file has them.
struct NwbSession {
  explicit NwbSession(Hdf5File opened) : file(std::move(opened)) {}
  Hdf5File file;
  std::string subject, id, description;
  NwbRun run;
  std::vector<std::string> notes;
  std::vector<std::string> series_there;  // paths of all TimeSeries, for messages
  std::vector<char> was_asked_for;        // one a name of the question

  struct Counted {
    std::string name, modality;
    std::vector<std::string> channels;
    std::vector<std::vector<double>> times;  // one a channel
    // When each channel was watched; no entry at all: always.
    std::vector<std::vector<std::pair<double, double>>> seen;
  };
  std::vector<Counted> counted;  // until the run's length is known

  double first = 0, last = 0;  // s: the earliest thing, and when the last one has ended
  double last_moment = 0;      // s: the last spike, lick or start of something
  bool has_times = false;
  void note_times(double from, double to);
  void note_moments(double from, double to);
};

/// True if a name or path is of licks, which are counted.
bool is_about_licks(const std::string& name);

// Each adds what it finds.
void read_nwb_units(NwbSession& session);
void read_nwb_intervals(NwbSession& session);
void read_nwb_series(NwbSession& session, const NwbQuestion& question);

/// A table of intervals, wherever it lies, as events.
void add_nwb_events(NwbSession& session, const std::string& path);

/// A series of what was presented, of this neurodata_type, with its table; `times` as in
/// NwbPresented. Pictures that are told by numbers (IndexSeries) become events.
void add_presented(NwbSession& session,
                   const std::string& type,
                   NwbSeries series,
                   const std::vector<double>& times);

/// How many of a channel's times lie in each of `bins` bins from `origin` on: at least k·bin and
/// less than (k + 1)·bin after it.
std::vector<float> counts_in_bins(const std::vector<double>& times,
                                  double origin,
                                  double bin,
                                  std::size_t bins);

}  // namespace insula::dataset::detail
