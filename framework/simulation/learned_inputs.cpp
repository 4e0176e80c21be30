// SPDX-License-Identifier: Apache-2.0
// Inputs whose values learners give, at one parameter vector.
#include "framework/simulation/timeline.h"

namespace insula::simulation {

Timeline with_signals(const System& system,
                      const Timeline& timeline,
                      const std::vector<double>& natural,
                      bool with_slopes) {
  Timeline line = timeline;
  std::vector<LearnerSignals> signals(line.learner_rows.size());
  for (const LearnedNode& node : system.learned) {
    const std::size_t l = node.signal.learner;
    if (signals[l].value.size() > 0 || line.learner_rows[l].size() == 0) continue;
    signals[l] = learner_signals(
        system.architecture.learners[l],
        line.learner_rows[l],
        {natural.data() + node.first_parameter, static_cast<std::size_t>(node.parameters)},
        with_slopes);
  }
  std::vector<Eigen::Index> first_slope;
  Eigen::Index slopes = 0;
  for (const LearnedNode& node : system.learned) {
    first_slope.push_back(slopes);
    slopes += node.parameters;
  }
  if (with_slopes) line.input_slope = Eigen::MatrixXd::Zero(slopes, line.segments());
  for (const HeldSignal& held : line.held) {
    const auto n = static_cast<std::size_t>(held.learned);
    const LearnedNode& node = system.learned[n];
    const LearnerSignals& of = signals[node.signal.learner];
    const auto row = static_cast<Eigen::Index>(held.row);
    const Eigen::Index count = held.end - held.first;
    line.input.row(node.input).segment(held.first, count).array() +=
        of.value(row, node.signal.signal);
    if (!with_slopes) continue;
    const Eigen::MatrixXd& slope = of.slope[static_cast<std::size_t>(node.signal.signal)];
    line.input_slope.block(first_slope[n], held.first, node.parameters, count).colwise() +=
        slope.row(row).transpose();
  }
  return line;
}

}  // namespace insula::simulation
