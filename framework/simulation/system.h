// SPDX-License-Identifier: Apache-2.0
// An architecture compiled to flat tables: which states exist, what feeds what, which parameter
// goes where. It knows no data; a Timeline brings a run's inputs and sample times.
//
//   dx_i/dt = f_i(x_i, ports_i; p)            ports: afferent, stimulus, self
//   channel states and outputs follow the activity z of one region each, and feed nothing back.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/numerics/isa.h"

namespace insula::simulation {

inline constexpr int kNone = -1;

struct RegionNode {
  const RegionKind* kind = nullptr;
  int first_state = 0;
  int first_parameter = 0;                               // in Architecture::parameters
  int afferent = kNone, stimulus = kNone, self = kNone;  // index among the kind's inputs
};

struct Weight {
  int index = 0;  // of the input (context) or region (gate)
  int parameter = 0;
};

struct ProjectionNode {
  const ProjectionKind* kind = nullptr;
  int source = 0, target = 0;   // regions
  int first_parameter = kNone;  // kNone: a self-projection, whose own parameters are 0
  bool self = false;            // its output goes to the target's `self` port, its source is 1
  std::vector<Weight> contexts, gates;
  double gain = 1;  // times what its kind transmits
};

struct DriveNode {
  int input = 0, region = 0, parameter = 0;
};

/// An input whose values a learner gives: they move with the learner's parameters.
struct LearnedNode {
  int input = 0;
  architecture::Signal signal;
  int first_parameter = 0, parameters = 0;  // of the learner, in Architecture::parameters
};

/// One region seen through one observation, or by a probe.
struct ChannelNode {
  const ObservationKind* kind = nullptr;
  int observation = 0, region = 0;  // kNone: a probe
  int first_state = 0;
  std::vector<int> parameters;  // of each of the kind's fields
  std::string name;             // "bold of V5"
};

/// A region whose activity predictors of trials depend on: its activity, or the integral of it, at
/// moments that the trials give.
struct ProbeNode {
  int trials = 0;  // of Architecture::trials
  int region = 0;
};

struct Structure;  // detail/structure.h: how sensitivities are put together

/// How columns of features are carried: many of them together, as one stimulus of their region, or
/// each as an input of its own, which equilibria take.
enum class Columns { together, one_by_one };

struct System {
  architecture::Architecture architecture;
  /// The order of u: the columns of the architecture's inputs, so that those without columns, which
  /// come first, have their own places.
  std::vector<std::string> inputs;
  std::vector<std::size_t> input_of;  // per column: in Architecture::inputs
  int states = 0;                     // regions' states first, then the channels'
  std::vector<RegionNode> regions;
  std::vector<ProjectionNode> projections;
  std::vector<DriveNode> drives;
  std::vector<LearnedNode> learned;
  std::vector<ChannelNode> channels;  // the observations', then a channel for each probe
  std::vector<ProbeNode> probes;
  std::vector<std::size_t> free;  // Architecture::free_parameters(): the coordinates of θ
  Isa isa = Isa::portable;        // of the hot loops; the kinds bring their own
  Columns columns = Columns::together;
  std::shared_ptr<const Structure> structure;

  std::size_t observed() const { return channels.size() - probes.size(); }
  /// How many of θ, the first ones, can move a region's activity; and which of the later ones do,
  /// ascending: those of learners that give inputs their values.
  Eigen::Index dynamic_parameters() const;
  std::vector<Eigen::Index> learning_parameters() const;
  /// The prior mean of θ.
  Eigen::VectorXd prior_mean() const;
  Eigen::VectorXd prior_sd() const;
  std::vector<std::string> parameter_names() const;
  /// Natural values of all parameters; θ has one number for each of `free`.
  std::vector<double> natural(const Eigen::VectorXd& theta) const;
  /// "V1.z", "bold.V1.log_flow", …: a name for each state.
  std::vector<std::string> state_names() const;
  /// The node that owns a state: "V1", "bold of V1".
  std::string owner(int state) const;
  Eigen::VectorXd rest() const;  // rest value of each state
};

/// The regions that terms of these trials name, each once, in order of appearance: the order of
/// their probes.
std::vector<std::size_t> regions_in_terms(const architecture::TrialObservation& trials);

System compile(architecture::Architecture architecture,
               Isa isa = chosen_isa(),
               Columns columns = Columns::together);

/// dx/dt at one moment; one value for each of System::inputs in `u`. Plain and slow: for tests, for
/// SPM's schemes and as the reference of the fast integrator.
Eigen::VectorXd drift(const System& system,
                      const std::vector<double>& natural,
                      const Eigen::VectorXd& x,
                      const Eigen::VectorXd& u);

/// The predicted mean of every channel at one moment.
Eigen::VectorXd observe(const System& system,
                        const std::vector<double>& natural,
                        const Eigen::VectorXd& x);

}  // namespace insula::simulation
