// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>

#include "framework/architecture/detail/table.h"
#include "framework/architecture/graph.h"

namespace insula::architecture {
namespace {

// Builds an architecture of linear projections from the parts of others.
class LinearBuilder {
 public:
  explicit LinearBuilder(const Catalogue& catalogue)
      : linear_(find_kind(catalogue.projections, "linear")) {
    if (!linear_) throw InternalError("the catalogue has no projection kind 'linear'");
  }

  void add(const Architecture& a) {
    for (const Region& region : a.regions) {
      if (result_.region_index(region.name) == Architecture::npos)
        result_.regions.push_back(region);
    }
    for (const Input& input : a.inputs) add_input(a, input);
    for (const Projection& projection : a.projections) add_projection(a, projection);
    for (const Observation& observation : a.observations) add_observation(a, observation);
    for (const TrialObservation& trials : a.trials) add_trials(a, trials);
  }

  // Every parameter that `architectures` know by name and measure in the same way keeps the prior
  // of the first that has it.
  Architecture finish(const std::vector<const Architecture*>& architectures) {
    detail::build_parameters(result_, Priors::insula);
    for (Parameter& parameter : result_.parameters) {
      for (const Architecture* a : architectures) {
        if (keep_prior(parameter, *a)) break;
      }
    }
    // Ties of different architectures may form a chain; all of it follows its first.
    for (Parameter& parameter : result_.parameters) {
      while (result_.parameters[parameter.tied_to].tied_to != parameter.tied_to) {
        parameter.tied_to = result_.parameters[parameter.tied_to].tied_to;
      }
    }
    return std::move(result_);
  }

  Architecture& result() { return result_; }

 private:
  std::size_t region(const Architecture& a, std::size_t index) const {
    return result_.region_index(a.regions[index].name);
  }

  // An input of that name, and of that source if a learner gives its values.
  Input& input_like(const Architecture& a, const Input& wanted) {
    std::optional<SignalStretch> learned = wanted.learned;
    if (learned) learned->signal.learner = learner(a, a.learners[learned->signal.learner]);
    const auto found = std::ranges::find_if(result_.inputs, [&](const Input& input) {
      return was_called(input.name) == wanted.name && input.learned == learned &&
             input.band == wanted.band;
    });
    if (found != result_.inputs.end()) return *found;
    Input mine{name_for(result_.inputs, wanted.name, a), {}, wanted.place, learned, wanted.band};
    // Bands stay behind all others.
    const auto at = mine.band ? result_.inputs.end()
                              : std::ranges::find_if(result_.inputs, [](const Input& input) {
                                  return input.band.has_value();
                                });
    return *result_.inputs.insert(at, std::move(mine));
  }

  // `name`, or, where another architecture calls something else so, "name of that architecture".
  template <class T>
  std::string name_for(const std::vector<T>& taken,
                       const std::string& name,
                       const Architecture& a) {
    if (std::ranges::find(taken, name, &T::name) == taken.end()) return name;
    const std::string other = name + " of " + a.name;
    original_[other] = name;
    return other;
  }
  std::string was_called(const std::string& name) const {
    const auto found = original_.find(name);
    return found == original_.end() ? name : found->second;
  }

  void drive(Input& input, std::size_t driven) {
    const RegionKind& kind = *result_.regions[driven].kind;
    const bool is_driven = std::ranges::find(input.drives, driven) != input.drives.end();
    if (!is_driven && detail::find_input(kind, "stimulus")) input.drives.push_back(driven);
  }

  void add_input(const Architecture& a, const Input& input) {
    Input& mine = input_like(a, input);
    for (std::size_t driven : input.drives) drive(mine, region(a, driven));
  }

  void add_projection(const Architecture& a, const Projection& projection) {
    const std::size_t source = region(a, projection.source), target = region(a, projection.target);
    for (const std::string& context : projection.contexts) {
      drive(input_like(a, *std::ranges::find(a.inputs, context, &Input::name)), target);
    }
    const bool is_known = std::ranges::any_of(result_.projections, [&](const Projection& p) {
      return p.source == source && p.target == target;
    });
    if (is_known || source == target) return;
    result_.projections.push_back({source, target, 1, linear_, {}, {}, projection.place});
  }

  void add_observation(const Architecture& a, const Observation& observation) {
    auto found = std::ranges::find(result_.observations, observation.name, &Observation::name);
    if (found == result_.observations.end()) {
      Observation mine = observation;
      mine.regions.clear();
      if (mine.loadings.of == Loadings::Of::own) mine.channels.clear();
      mine.loadings.weight.resize(mine.loadings.weight.rows(), 0);
      result_.observations.push_back(std::move(mine));
      found = result_.observations.end() - 1;
    }
    if (found->loadings.of != observation.loadings.of) mix(*found, observation);
    for (std::size_t i = 0; i < observation.regions.size(); ++i) {
      const std::size_t shown = region(a, observation.regions[i]);
      if (std::ranges::find(found->regions, shown) != found->regions.end()) continue;
      found->regions.push_back(shown);
      if (found->loadings.of == Loadings::Of::own) {
        found->channels.push_back(observation.channels[i]);
      } else {
        add_weights(observation, i, *found);
      }
    }
  }

  // One hypothesis gives each region a channel of its own, the other loads it on several.
  static void mix(Observation& mine, const Observation& other) {
    mine.loadings.weight = weights(mine);
    mine.loadings.of = std::max(mine.loadings.of, other.loadings.of);
  }

  // What region i of `from` shows in the channels of `to`, which all hypotheses explain.
  static void add_weights(const Observation& from, std::size_t i, Observation& to) {
    const Eigen::MatrixXd weight = weights(from);
    Eigen::MatrixXd& mine = to.loadings.weight;
    mine.conservativeResize(static_cast<Eigen::Index>(to.channels.size()), mine.cols() + 1);
    for (std::size_t c = 0; c < to.channels.size(); ++c) {
      const auto row = std::ranges::find(from.channels, to.channels[c]) - from.channels.begin();
      mine(static_cast<Eigen::Index>(c), mine.cols() - 1) =
          row < weight.rows() ? weight(row, static_cast<Eigen::Index>(i)) : 0;
    }
  }

  std::size_t learner(const Architecture& a, const Learner& wanted) {
    const auto found = std::ranges::find_if(result_.learners, [&](const Learner& l) {
      return was_called(l.name) == wanted.name && l.kind == wanted.kind &&
             l.outcome == wanted.outcome && l.cue == wanted.cue && l.table == wanted.table;
    });
    if (found != result_.learners.end())
      return static_cast<std::size_t>(found - result_.learners.begin());
    Learner mine = wanted;
    mine.name = name_for(result_.learners, wanted.name, a);
    result_.learners.push_back(std::move(mine));
    return result_.learners.size() - 1;
  }

  void add_trials(const Architecture& a, TrialObservation trials) {
    for (Predictor& predictor : trials.predictors)
      for (Term& term : predictor.terms) {
        for (std::size_t& of : term.regions) of = region(a, of);
        for (Signal& of : term.signals) of.learner = learner(a, a.learners[of.learner]);
      }
    const auto found = std::ranges::find(result_.trials, trials.name, &TrialObservation::name);
    if (found == result_.trials.end()) {
      result_.trials.push_back(std::move(trials));
      return;
    }
    if (found->kind != trials.kind || found->options != trials.options)
      return;  // hypotheses that cannot be compared: told elsewhere
    if (!found->has_window()) found->window = trials.window;
    for (std::size_t p = 0; p < found->predictors.size(); ++p) {
      Predictor& mine = found->predictors[p];
      mine.named = mine.named || trials.predictors[p].named;
      for (const Term& term : trials.predictors[p].terms)
        if (std::ranges::find(mine.terms, term.name, &Term::name) == mine.terms.end())
          mine.terms.push_back(term);
    }
  }

  std::size_t parameter_index(const std::string& name) const {
    const auto found = std::ranges::find(result_.parameters, name, &Parameter::name);
    return found == result_.parameters.end()
               ? Architecture::npos
               : static_cast<std::size_t>(found - result_.parameters.begin());
  }

  // What `a` calls a parameter that name_for() may have renamed.
  static std::string name_in(const Architecture& a, std::string parameter) {
    const std::string suffix = " of " + a.name;
    const std::size_t at = parameter.find(suffix);
    return at == std::string::npos ? parameter : parameter.erase(at, suffix.size());
  }

  bool keep_prior(Parameter& mine, const Architecture& a) const {
    const auto found = std::ranges::find(a.parameters, name_in(a, mine.name), &Parameter::name);
    if (found == a.parameters.end()) return false;
    if (found->domain != mine.domain || found->unit != mine.unit) return false;
    const std::string name = mine.name;
    const std::size_t own_tie = mine.tied_to;
    const Parameter& leader = a.parameters[found->tied_to];
    const std::size_t tie = &leader == &*found ? own_tie : parameter_index(leader.name);
    mine = *found;
    mine.name = name;
    mine.tied_to = tie == Architecture::npos ? own_tie : tie;
    return true;
  }

  const ProjectionKind* linear_;
  Architecture result_;
  std::map<std::string, std::string> original_;  // names that an architecture had for what is here
};

}  // namespace

Architecture linearised(const Architecture& architecture, const Catalogue& catalogue) {
  LinearBuilder builder(catalogue);
  builder.add(architecture);
  builder.result().name = architecture.name;
  builder.result().description = architecture.description;
  builder.result().file = architecture.file;
  builder.result().files = architecture.files;
  return builder.finish({&architecture});
}

Architecture linear_union(const std::vector<Architecture>& architectures,
                          const Catalogue& catalogue) {
  LinearBuilder builder(catalogue);
  std::vector<const Architecture*> known;
  for (const Architecture& architecture : architectures) {
    builder.add(architecture);
    known.push_back(&architecture);
  }
  builder.result().name = "linear_dcm";
  builder.result().description = "every projection of the hypotheses, each of fixed strength";
  return builder.finish(known);
}

Architecture of_trials(const std::string& name, std::vector<TrialObservation> trials) {
  Architecture architecture;
  architecture.name = name;
  architecture.trials = std::move(trials);
  detail::build_parameters(architecture, Priors::insula);
  return architecture;
}

}  // namespace insula::architecture
