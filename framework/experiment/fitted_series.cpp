// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/fitted_series.h"

#include "framework/experiment/detail/assemble.h"

namespace insula::experiment {

FittedSeries fitted_series(const Experiment& experiment,
                           const Hypothesis& hypothesis,
                           std::size_t subject,
                           const Eigen::VectorXd& theta) {
  const simulation::Scheme scheme = scheme_of(experiment, hypothesis.architecture);
  const auto fit = assemble(hypothesis.architecture,
                            experiment.dataset.subjects[subject],
                            Part{nullptr, 0},
                            {experiment.spm, scheme});
  const inference::Evaluation evaluation = evaluate(*fit, scheme, theta, false);
  if (!evaluation.outcome.finished())
    throw InputError(hypothesis.architecture.regions.front().place,
                     "the model cannot be run with its estimates: " + to_text(evaluation.outcome),
                     "",
                     ExitCode::data);
  FittedSeries series;
  const auto channels = static_cast<Eigen::Index>(fit->problem.channels.size());
  series.centre.resize(channels);
  series.factor.resize(channels);
  for (Eigen::Index c = 0; c < channels; ++c) {
    const auto at = static_cast<std::size_t>(c);
    const inference::Channel& channel = fit->problem.channels[at];
    const Scaling& scaling = fit->scaling[fit->gaussian[at]];
    series.channels.push_back(channel.name);
    series.centre[c] = scaling.centre;
    series.factor[c] = scaling.factor;
    if (c == 0) series.data.resize(channel.data.size(), channels);
    if (c == 0) series.prediction.resize(channel.data.size(), channels);
    series.data.col(c) = channel.data;
    series.prediction.col(c) = evaluation.prediction[at];
  }
  return series;
}

}  // namespace insula::experiment
