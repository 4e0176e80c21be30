// SPDX-License-Identifier: Apache-2.0
// The mean course of a recording about an event, and where a model says that it lies.
#pragma once

#include <Eigen/Core>
#include <utility>
#include <vector>

namespace insula::experiment {

/// Bins of time about an event; one begins at it.
struct EventBins {
  double width = 0;            // s
  int before = 0, behind = 0;  // how many
  int baseline = 0;  // the mean of so many first bins is taken off every event; 0: nothing is

  int count() const { return before + behind; }
  double low(int bin) const { return (bin - before) * width; }  // s from the event
  /// The bin of a moment so many s after the event; may be none of them.
  int of(double lag) const;
};

/// One channel of one run: sample i is taken at begin + i·interval.
struct EventSamples {
  double begin = 0, interval = 0;  // s
  bool counts = false;             // a sample counts what happens until the next one
  Eigen::VectorXd observed;        // NaN where it is not known or no fit may predict it
};

/// The samples about one event that are known, in the order of time.
struct Cutout {
  struct Sample {
    int bin = 0;
    Eigen::Index index = 0;
    double lag = 0;  // s from the event
  };
  std::vector<Sample> samples;
  std::vector<int> in_bin;  // how many, per bin
  int in_baseline = 0;
};

/// The samples about each event; none (an empty in_bin) where the bins leave the run, or where the
/// baseline is asked for and none of its samples is known.
std::vector<Cutout> cut_out(const EventBins& bins,
                            const EventSamples& run,
                            const std::vector<double>& onsets);

/// What a model says of the samples of one run.
struct EventPrediction {
  Eigen::VectorXd mean, sd;     // of a new sample
  Eigen::VectorXd correlation;  // of its error with that of the sample before
};

/// Per bin; NaN where no event has a sample in it.
struct EventMeans {
  Eigen::VectorXd n;          // events
  Eigen::VectorXd samples;    // of all of them
  Eigen::VectorXd position;   // s from the event: mean over samples
  Eigen::VectorXd mean;       // over events, each the mean of its samples less its baseline
  Eigen::VectorXd low, high;  // 95 %, Student's over events
};
struct EventRun {
  const EventSamples* samples = nullptr;
  const std::vector<Cutout>* events = nullptr;
};
EventMeans observed_means(const EventBins& bins, const std::vector<EventRun>& runs);

/// The same means of what a model predicts, and their variance: of the sum w'ε of each bin's
/// weights and errors ε with these sds, whose correlation is the product of those of the samples in
/// between; errors of different runs are independent.
struct PredictedMeans {
  Eigen::VectorXd mean, variance;
};
PredictedMeans predicted_means(const EventBins& bins,
                               const std::vector<EventRun>& runs,
                               const std::vector<EventPrediction>& predictions);

/// The middle 95 % of a number of counts with this mean and a variance that is at least as large:
/// negative binomial; Poisson where they are equal. Ends are counts.
std::pair<double, double> count_band(double mean, double variance);

}  // namespace insula::experiment
