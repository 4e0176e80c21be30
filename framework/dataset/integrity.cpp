// SPDX-License-Identifier: Apache-2.0
// Integrity checks: what a careful colleague would ask before fitting anything.
//
// Found while reading (see Dataset::doubts):
//   sampling_jitter          a time column departs from start + k·interval by more than 5 % of the
//                            interval (error: by more than half, samples are at other places)
//   sampling_gaps            a time column jumps over samples
//   level_without_events     an input was asked for by a level that no event of the run has
//   events_outside_run       events lie partly or wholly before the start or after the end
//   input_after_end          a sampled input goes on after the run and is not 0 there
//   input_shorter_than_run   a sampled input ends before the run; it is 0 from there on
// Of each channel:
//   missing_everywhere       no sample is there
//   missing_share            some samples are missing (warning: more than a fifth)
//   non_finite               a sample is infinite, or a confound is not finite
//   flat_channel             all samples that are there are equal
//   outliers                 samples lie more than 10 robust standard deviations from the median
//   unit_contradicts_values  the spread or the level is impossible in the unit, by orders of
//                            magnitude: percent signal change, potentials, pupils in mm
//   long_gap                 at least 10 samples in a row, a tenth of the recording, are missing
//   stuck_channel            at least 20 samples in a row, 2 % of the recording, hold one value but
//                            0 (of channels with more than 16 values, as the next two)
//   clipped_channel          ten times as many samples lie at the largest or smallest value (but 0)
//                            as at the next, and at least 0.2 % of all
//   blinks_as_zeros          at least three samples of a pupil are 0
// Of each recording:
//   duplicated_channels      two channels of one run hold the same samples
//   recording_longer_than_run, recording_before_run   samples are taken when no input is known
//   recording_shorter_than_run                        the last part of the run is not recorded
// Of each input:
//   input_never_on           it is 0 throughout
//   input_constant           it has one value throughout: no effect of it can be told from a mean
//   inputs_collinear         two inputs correlate over time by more than 0.95
// Of each table of trials, over all its subjects:
//   trials_excluded, trial_values_missing   a note for the table, a warning for each subject in
//   whom
//                            more than a fifth of the trials (of those in use) are concerned
//   no_trials_in_use         a subject has none left
//   exclusion_without_trials a rule excludes no trial
//   one_response_only        a subject gives one response throughout
//   implausible_response_times   all of a subject's are over 60 s or under 20 ms: another unit
//   constant_trial_column    a column has one value (a note if only in some subjects)
//   level_without_trials     a subject has no trial of a level
// Of the trials of a run:
//   trial_after_run, response_after_run, response_after_trial   they end after what they belong to
//   duplicate_trials         trials agree in all that is read, onset included; without onsets, two
//                            successive trials with response times agree with two earlier ones
//   trial_counts_differ      at least nine tenths of four or more runs agree in their number of
//                            trials, and this one does not
//   different_trial_columns_between_runs   a run lacks a column or factor that others have
// Of each array of features, over all runs that share it:
//   feature_not_finite       a number in a row in use is NaN or infinite
//   constant_feature         columns hold one value in all rows in use
//   feature_rows_unused      rows belong to no trial or event
//   duplicated_stimuli       rows in use are the same, or correlate by more than 0.999: where one
//                            is held out, the other tells it
// Of the features of a run:
//   features_shorter_than_run   features of samples do not cover the run
//   events_outside_run       events of features begin outside the run
// Between runs:
//   runs_identical           channels of two runs or subjects hold the same samples: a copy, and
//                            if one is held out for testing, leakage
//   different_inputs_between_runs     a run lacks an input that others have
//   different_channels_between_runs   a recording has other channels than in the first run with it
//   different_units_between_runs      …, another unit or modality
//   repeats_with_other_inputs         a run repeats another's stimulus, but an input differs
//   clock_drift              in at least three runs a recording is longer (shorter) than the run by
//                            one share of it (a note if all runs last about as long)
#include "framework/dataset/detail/integrity.h"

namespace insula::dataset {

std::vector<Finding> check(const Dataset& dataset) {
  std::vector<Finding> findings = dataset.doubts;
  for (const Subject& subject : dataset.subjects) {
    for (const Run& run : subject.runs) {
      const std::string where = subject.id + "/" + run.id;
      detail::check_recordings(run, where, findings);
      detail::check_inputs(run, where, findings);
    }
  }
  detail::check_trials(dataset, findings);
  detail::check_features(dataset, findings);
  detail::check_between_runs(dataset, findings);
  detail::check_clocks(dataset, findings);
  return findings;
}

}  // namespace insula::dataset
