// SPDX-License-Identifier: Apache-2.0
// One model fitted to one part of the data, of one subject or of all.
#pragma once

#include <memory>

#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/run.h"
#include "framework/inference/importance.h"

namespace insula::experiment {

/// The model's architecture assembled to a part of a subject's data.
std::unique_ptr<FitProblem> problem_of(const RunData& data,
                                       const ModelRun& model,
                                       std::size_t subject,
                                       std::size_t part);

/// An assembled model fitted as the experiment asks, without the check by importance sampling.
/// `task` names its random numbers.
inference::Fit fit_of(const RunData& data,
                      const FitProblem& problem,
                      const std::string& task,
                      const RunOptions& options);

/// With `posterior: importance`, what importance sampling around a fit found, which the fit adopts
/// if the weights can be trusted. Predictions of the fit stay those of its normal posterior, as in
/// the folds. Without, nothing.
inference::ImportancePosterior sample_posterior(const RunData& data,
                                                const inference::Problem& problem,
                                                const std::string& task,
                                                const RunOptions& options,
                                                inference::Fit& fit);

/// A hypothesis, or a baseline that is an architecture. Part 0 is all data.
PartResult fit_subject(const RunData& data,
                       const ModelRun& model,
                       std::size_t subject,
                       std::size_t part,
                       const RunOptions& options);

/// The same for all subjects at once, pooled or hierarchical: a result each.
struct GroupPart {
  std::vector<PartResult> subjects;
  GroupResult group;
};
GroupPart fit_all_subjects(const RunData& data,
                           const ModelRun& model,
                           std::size_t part,
                           const RunOptions& options);

PartResult fit_baseline(const RunData& data,
                        const ModelRun& model,
                        std::size_t subject,
                        std::size_t part);

}  // namespace insula::experiment
