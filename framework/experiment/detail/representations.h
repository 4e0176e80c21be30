// SPDX-License-Identifier: Apache-2.0
// What stimuli evoke, as patterns over channels: in held-out data, in what models predict of the
// same samples, and in bands of features.
//
// A pair of stimuli is compared within a fold alone. Of two stimuli that are held out one after the
// other, each has trained the prediction of the other: even the mean of the training part then
// differs between them by what their data differ, and a model that knows nothing would have the
// data's own RDM.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/evaluation/rdm.h"
#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Targets whose numbers make a pattern: the channels of a recording, or all values of trials
/// without onsets, each in units of its sd over trials.
struct RdmGroup {
  std::string name, modality;
  std::vector<std::size_t> targets;
};
std::vector<RdmGroup> rdm_groups(const RunData& data);

/// The stimuli of all trials in use, by what tells them apart, in ascending order.
std::vector<std::vector<double>> rdm_stimuli(const Experiment& experiment);

/// One trial that shows a stimulus.
struct Presentation {
  int stimulus = 0;  // of rdm_stimuli()
  std::size_t run = 0;
  std::size_t trial = 0;       // in use, of the run
  double from = 0, until = 0;  // when samples show it: s from the start of the run, or trials
};
std::vector<Presentation> presentations_of(const Experiment& experiment,
                                           const dataset::Subject& subject);

/// True if all of it is held out in the fold.
bool is_held_out(const Presentation& presentation, const evaluation::Fold& fold, double gap);

/// Presentations × numbers: of each target, all of its samples in time order or their mean. NaN
/// where one is missing.
class PatternReader {
 public:
  PatternReader(const RunData& data, const RdmGroup& group, std::size_t subject);
  /// `values` [targets of the group]: a number a sample, as RunData::samples() has them.
  Eigen::MatrixXd read(const std::vector<Eigen::VectorXd>& values) const;
  Eigen::MatrixXd observed() const { return read(observed_); }
  const std::vector<Presentation>& presentations() const { return presentations_; }

 private:
  std::vector<Presentation> presentations_;
  std::vector<Eigen::VectorXd> observed_;                     // [targets]
  std::vector<double> scale_;                                 // [targets]
  std::vector<std::vector<std::vector<Eigen::Index>>> rows_;  // [targets][presentations][place]
  bool is_course_ = false;
};

/// Presentations × columns of the band: the row that is shown at the onset, or, of features by
/// sample, the mean of those in the window. NaN where there is none. Columns are standardised over
/// the presentations that are `compared`.
Eigen::MatrixXd patterns_of_band(const RunData& data,
                                 const std::string& band,
                                 std::size_t subject,
                                 const std::vector<Presentation>& presentations,
                                 const std::vector<std::size_t>& compared);

/// How noise about the mean of each stimulus, fold by fold, is correlated over the numbers of a
/// pattern: what crossnobis distances are measured in. Empty if nothing came twice in any fold.
Eigen::MatrixXd noise_precision(const std::vector<Presentation>& presentations,
                                const Eigen::MatrixXd& patterns,
                                const std::vector<std::vector<std::size_t>>& folds);

/// Stimuli of some presentations and their dissimilarities. Presentations of data are noisy, those
/// of a prediction are not: only of the former crossnobis needs two.
struct StimulusRdm {
  std::vector<int> stimuli;  // ascending
  evaluation::Rdm rdm;
};
StimulusRdm rdm_of(RdmQuestion::Distance distance,
                   const std::vector<Presentation>& presentations,
                   const Eigen::MatrixXd& patterns,
                   const std::vector<std::size_t>& of,
                   const Eigen::MatrixXd& precision,
                   bool is_data);

/// The RDM's pairs of these stimuli, NaN where it lacks one.
evaluation::Rdm restricted(const StimulusRdm& rdm, const std::vector<int>& stimuli);

/// Results::rdm: every model and band against the data, with ceilings.
void add_rdms(const RunData& data, report::Results& results);

}  // namespace insula::experiment
