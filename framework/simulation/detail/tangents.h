// SPDX-License-Identifier: Apache-2.0
// Directions that are carried along a trajectory, kLanes at a time: which rows of the linearised
// system they reach, and what their tangents are at every sample.
#pragma once

#include <memory>
#include <vector>

#include "framework/simulation/detail/linearise.h"

namespace insula::simulation {

/// The coefficients of a trajectory's linearisation.
struct Streams {
  std::unique_ptr<double[]> drift;  // left as it is until filled: megabytes that need no zeros
  std::vector<std::vector<double>> output;  // per channel
};

/// A trajectory with all that its tangents depend on.
struct Linearised {
  const System& system;
  const Timeline& timeline;
  const Trajectory& trajectory;
  Streams streams;
};

/// A form as one chunk of directions sees it: only rows that the chunk reaches.
struct ChunkForm {
  std::vector<int> row_start, entry, column;
  std::vector<Injection> injection;
};

struct Chunk {
  std::vector<int> place;  // per state: its row, or kNone
  int rows = 0;
  ChunkForm drift;
  std::vector<ChunkForm> output;  // per channel
};

/// A chunk's form with its coefficients.
LinearForm view(const ChunkForm& form, const double* stream, std::size_t width);

/// Of each parameter of the architecture: which lane of the chunk it belongs to (kNone: none), and
/// d value/dθ.
struct Direction {
  int lane = kNone;
  double factor = 0;
};

/// All states that those marked reach, themselves included.
std::vector<char> all_reached(const FormStructure& drift, std::vector<char> reached);

Chunk make_chunk(const Structure& structure,
                 const std::vector<char>& reached,
                 const std::vector<Direction>& of);

/// Break points at which the tangents are noted and set anew.
struct Restarts {
  std::vector<char> at;       // per break point
  std::vector<double> start;  // rows × kLanes
  std::vector<double> ends;   // as many rows × kLanes as there are restarts: written
};

/// Per channel: samples × kLanes, row-major. `restarts` may be null.
std::vector<std::vector<double>> carry(const Linearised& run,
                                       const Chunk& chunk,
                                       Restarts* restarts);

/// The columns of the Jacobian of parameters that are carried one by one: column `column[i]` is
/// that of θ's entry `direction[i]`.
void carry_parameters(const Linearised& run,
                      const Eigen::VectorXd& theta,
                      const std::vector<std::size_t>& direction,
                      const std::vector<Eigen::Index>& column,
                      std::vector<Eigen::MatrixXd>& jacobian);

}  // namespace insula::simulation
