// SPDX-License-Identifier: Apache-2.0
// NWB 2: recordings of neurons and behaviour in HDF5, and what of them a dataset can be made of.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace insula::dataset {

/// What is wanted of NWB files.
struct NwbQuestion {
  std::vector<std::string> files;   // a file is one session of one subject
  double bin = 0.1;                 // s: width of the bins in which spikes and licks are counted
  std::vector<std::string> series;  // names or paths; none: all that are not too large
  std::string response;             // column of the trials; "": 'response' or 'choice'
};

/// A TimeSeries on even times.
struct NwbSeries {
  std::string name;                // of the recording: the same in all files
  std::string modality;            // "pupil", "calcium", "field", …, or the name
  std::string unit;                // of the numbers × conversion + offset
  double start = 0, interval = 0;  // s
  std::vector<std::string> channels;
  std::string dataset;      // path of the numbers in the file, where they can be read there
  std::size_t samples = 0;  // of these
  double conversion = 1, offset = 0;
  Eigen::MatrixXd table;  // otherwise: the numbers, samples × channels; NaN where there are none
};

/// What was presented: an input for each channel. Its numbers, in their unit, hold from one time to
/// the next, and the last ones for one interval.
struct NwbPresented {
  NwbSeries series;           // by its table
  std::vector<double> times;  // s, one a sample; none: every interval from its start on
};

/// A column of a table of intervals: numbers or texts, one a row.
struct NwbColumn {
  std::string name;
  bool is_text = false;
  std::vector<double> numbers;
  std::vector<std::string> texts;
};

/// A table of intervals in the order of their starts, or of moments (then without stops).
struct NwbTable {
  std::string name;
  std::vector<double> start, stop;  // s from the start of the run
  std::vector<NwbColumn> columns;
};

struct NwbRun {
  std::string id, file;
  double origin = 0;              // s on the file's clock: where the run begins
  double duration = 0;            // s
  std::vector<NwbSeries> series;  // what was counted first
  NwbTable trials;                // no rows if there are none
  std::vector<NwbTable> events;   // other tables of intervals, and moments
  std::vector<NwbPresented> presented;
  // s: from and to; what lies in there is not to be used. Counts are missing there.
  std::vector<std::pair<double, double>> invalid;
};

struct NwbSubject {
  std::string id;
  std::vector<NwbRun> runs;
};

struct NwbStudy {
  std::string name, description, citation;
  std::vector<NwbSubject> subjects;
  double bin = 0;                  // s
  std::string response;            // column of the trials, or ""
  std::string response_time;       // column, or ""
  std::vector<std::string> notes;  // what was decided or left out
};

/// Reads sessions: units as counts in bins (by region, too, where the electrodes' locations are
/// known), series with a rate or timestamps, trials and other intervals, licks and other moments,
/// what was presented, and times that are invalid.
/// Times are on the session's clock, from 0 or, if nothing happens in its first minute, from the
/// second in which something does.
///
/// errors  InputError: no_input for a file that cannot be read; data, with the path in the file,
/// for
///         links out of it, circles, indices that lie, times that go back, and objects that do not
///         say what they are; usage for a series or a column that is not there
/// source  NWB format specification 2.8 and hdmf-common 1.8
NwbStudy read_nwb(const NwbQuestion& question);

/// True if some of what lies from `from` up to `to` (or the moment `from`) is in a stretch.
bool overlaps_any(const std::vector<std::pair<double, double>>& stretches, double from, double to);

}  // namespace insula::dataset
