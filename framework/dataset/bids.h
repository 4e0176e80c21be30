// SPDX-License-Identifier: Apache-2.0
// A BIDS dataset with derivatives: what of it a dataset can be made of, and where it lies.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "framework/dataset/image.h"

namespace insula::dataset {

/// What is wanted of a BIDS dataset.
struct BidsQuestion {
  std::string folder;
  std::vector<std::string> derivatives;  // folders; none: those in folder/derivatives
  std::string task;                      // "": the only one
  // "": the only one; "none": no series of regions; or an image of labels (.dlabel.nii, .nii,
  // .nii.gz), which is laid over images of the derivatives.
  std::string atlas;
  std::string space, den, desc;      // where several series are alike otherwise
  std::vector<std::string> regions;  // none: all
  std::string labels;                // of an image of labels: a table of names; "": its own
  bool eigenvariate = false;         // of each region of an image; else the mean
  std::string confounds;             // strategies, "motion24+acompcor"; "": none
  std::string censor;                // a length, "0.5 mm", of framewise displacement; "": none
  std::string response;              // column of the events; "": 'response' if there is one
};

/// A column of a table and what its sidecar says of it.
struct BidsColumn {
  std::string name;
  std::string unit;                 // "" if none is given
  std::vector<std::string> levels;  // as the file writes them; none: numbers
};

/// Regions' series: a table, or an image whose regions are to be written as one.
struct BidsSeries {
  std::string file;
  std::optional<RegionalSeries> image;
  std::vector<std::string> regions;  // columns of the table; none: all
  double interval = 0;               // s
  double delay = 0;                  // s: when within an interval slices were put to
  std::size_t samples = 0;
  bool is_raw = false;  // around a mean far from 0, as scanners give it

  std::string confounds;  // the table, or "" if there is none or it is to be written
  std::vector<std::string> confound_columns;
  std::string confound_table;  // its text, where columns of the strategy had to be computed
  std::string censoring, censoring_column, censoring_unit;  // the table, its column, its unit
  double censor_above = 0;                                  // in that unit
};

/// A column of a physiological recording.
struct BidsSignal {
  std::string name;
  std::string modality;  // "pupil", "skin_conductance", or the column's name
  std::string file, column;
  std::vector<std::string> header;  // names of all columns, where the file does not have them
  double start = 0, interval = 0;   // s
  std::string unit;
  double bin = 0;  // s: it is to be averaged; 0: it is not
};

struct BidsRun {
  std::string id;
  double duration = 0;               // s; 0: no time axis
  std::optional<BidsSeries> series;  // of regions
  std::vector<BidsSignal> signals;
  std::string events;                              // the table, or ""
  bool has_types = false;                          // its events have the column trial_type
  std::string trials;                              // the table of trials, or ""
  double last = 0;                                 // s: onset of the last trial within the run
  bool starts_before = false, ends_after = false;  // are there trials before or after the run?
};

struct BidsSubject {
  std::string id;  // "sub-01"
  std::vector<BidsRun> runs;
};

/// Events of one type as an input.
struct BidsInput {
  std::string level;               // of trial_type; "" if events have no types: all of them
  std::optional<double> duration;  // s, of all of them; nothing: as the tables say
};

/// What the tables of trials have in common.
struct BidsTrials {
  bool has_onset = false, has_duration = false;
  std::string response;                // column, or ""
  std::vector<std::string> responses;  // in their order
  std::string response_time;           // column, or ""
  std::string time_unit = "s";         // its unit
  bool has_no_times = false;           // some response times are 0 or less
  std::string stimulus;                // column, or ""
  std::vector<BidsColumn> columns;     // numbers
  std::vector<BidsColumn> factors;
  std::vector<std::string> unanswered;  // levels of trial_type that nobody answers
  bool has_untyped = false;             // rows without a type are not answered either
};

struct BidsParticipants {
  std::string file;  // "" if there is none, or nothing in it
  std::vector<BidsColumn> columns, factors;
};

struct BidsStudy {
  std::string name, citation, licence, task;
  std::vector<BidsSubject> subjects;
  std::vector<BidsInput> inputs;
  BidsTrials trials;
  BidsParticipants participants;
  std::vector<std::string> notes;  // what was decided or left out
};

/// True if an atlas is a file that is laid over images.
bool is_image_of_labels(const std::string& atlas);

/// Looks for the runs of a task. Of a run with regions' series (suffix `timeseries`, entity `seg`
/// or `atlas`; a table, or CIFTI's .ptseries.nii where there is no table) it takes these, what was
/// recorded beside them and what happened in it. Where the atlas is an image of labels, series are
/// made of derived images (suffix `bold`, entity `space` or `desc`): of .dtseries.nii with a
/// .dlabel.nii, of NIfTI with NIfTI. If the task has no images, or the atlas is "none", runs are
/// what has physiological recordings, events or a table of behaviour. Files are read as far as the
/// answer needs.
///
/// errors  InputError: with the nearest name where a task, an atlas, a space, a strategy or a
///         column is asked for that is not there; with all choices where the question fits several
///         series; with every table and sidecar that is broken
/// source  BIDS 1.9; Esteban et al. 2019, Nat. Methods 16:111 (fMRIPrep's confounds)
BidsStudy read_bids(const BidsQuestion& question);

}  // namespace insula::dataset
