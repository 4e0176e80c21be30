// SPDX-License-Identifier: Apache-2.0
// Which state's drift depends on which states and parameters, and how each of those derivatives is
// put together from the derivatives of single equations: the chain rule, worked out once for each
// system and then run as a list of products.
#pragma once

#include <vector>

#include "framework/simulation/detail/kernels.h"
#include "framework/simulation/system.h"

namespace insula::simulation {

/// Coefficient `index` of the stream multiplies the tangent of state `column` in row `row`.
struct StateEntry {
  int row, column;
};
/// … or is the direct derivative of row `row` in parameter `parameter` (of the architecture).
struct ParameterEntry {
  int row, parameter;
};

/// … or that of row `row` in what arrives at a region's stimulus port: of regions that bands drive.
struct StimulusEntry {
  int row, region;
};

/// A linear form as a program. The stream holds the state entries' coefficients first (ascending by
/// row), then the parameter entries', then the stimulus entries'.
struct FormStructure {
  std::vector<StateEntry> states;
  std::vector<ParameterEntry> parameters;  // of free parameters, and those tied to them, only
  std::vector<StimulusEntry> stimuli = {};
  std::vector<Term> terms;  // from the scratch area to the stream
  std::size_t width() const { return states.size() + parameters.size() + stimuli.size(); }
};

/// A learned input at work: as one drive or one context.
struct LearnedEffect {
  int learned = 0;      // of System::learned
  int parameter = 0;    // its strength or weight, in Architecture::parameters
  int input_slope = 0;  // block: first of ∂u/∂p, of each parameter of the learner
  int weight = 0;       // block: the strength's natural value
  int slope = 0;        // first of weight · ∂u/∂p
};

/// Where the pieces that the drift's program multiplies stand in the scratch area, in blocks.
struct Scratch {
  int one = 0;
  std::vector<int> input;        // u_k
  std::vector<int> stimulus;     // by bands, of each of Structure::stimulated
  std::vector<int> input_slope;  // ∂u/∂p: the rows of Timeline::input_slope
  /// Drives by learned inputs, in the order of drives; then contexts that are learned inputs,
  /// projection by projection.
  std::vector<LearnedEffect> learned;
  std::vector<int> activity;          // z of each region
  std::vector<int> activity_partial;  // first of each region
  std::vector<int> transmit_input;    // first of three, each projection
  std::vector<int> transmit_out;
  std::vector<int> transmit_partial;
  std::vector<int> gate_weight;      // natural value, of each gate of each projection in order
  std::vector<int> gate_partial;     // ∂transmit/∂gating · weight
  std::vector<int> port;             // first of each region's inputs
  std::vector<int> drift_partial;    // first of each region
  std::vector<int> channel_partial;  // first of each channel
  int size = 0;                      // blocks
};

struct Structure {
  Scratch scratch;
  /// Drives by columns of bands, where they are many. Their strengths are not among the drift's
  /// parameters: whatever a column does it does through the region's stimulus (detail/pulses.h).
  std::vector<DriveNode> pulsed, single;   // these, and all others
  std::vector<int> stimulated;             // regions that they drive, ascending
  std::vector<std::size_t> single_inputs;  // those that are no column of theirs
  std::vector<Term> within;  // the scratch area: gate_partial, and slopes of learned effects
  FormStructure drift;
  FormStructure regions;  // the drift's rows of regions alone: channels feed nothing back
  /// Per channel, one row; its scratch area holds: one, observe's partials, the activity's
  /// partials.
  std::vector<FormStructure> output;
};

Structure structure(const System& system);

}  // namespace insula::simulation
