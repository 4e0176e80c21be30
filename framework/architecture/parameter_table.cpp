// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "framework/architecture/detail/prior.h"
#include "framework/architecture/detail/table.h"

namespace insula::architecture::detail {
namespace {

// Regions that are driven reach an activity of about 0.2 (it makes 4 % of BOLD, whose gain
// is 19.3), so that what is worth 1 a unit in a column is worth 5 a unit of activity.
constexpr double kTypicalActivity = 0.2;

// Weights of known inputs have no field of their own where a kind leaves the sd open.
// Source: SPM, spm_dcm_fmri_priors: C has mean 0 and variance 1.
constexpr double kStrengthSd = 1;

Parameter from_field(const FieldSpec& field, std::string name, const Place& place) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.unit = field.unit;
  parameter.meaning = field.meaning;
  parameter.domain = field.domain;
  parameter.reference = field.domain == Domain::positive ? field.value : 1;
  parameter.prior_mean = theta_of(parameter, field.value);
  parameter.prior_sd = field.prior_sd;
  parameter.free = field.prior_sd > 0;
  parameter.place = place;
  return parameter;
}

class Table {
 public:
  Table(Architecture& architecture, Priors priors) : a_(architecture), priors_(priors) {
    a_.parameters.clear();
    for (auto* offsets : {&a_.region_parameters,
                          &a_.projection_parameters,
                          &a_.input_parameters,
                          &a_.observation_parameters,
                          &a_.trial_parameters,
                          &a_.learner_parameters}) {
      offsets->clear();
    }
  }

  void add(const Region& region) {
    a_.region_parameters.push_back(a_.parameters.size());
    if (!region.kind) return;
    for (const FieldSpec& field : region.kind->parameters) {
      Parameter& added = add(field, region.name + "." + std::string(field.name), region.place);
      if (priors_ != Priors::spm) continue;
      if (const auto prior = spm_prior(region.kind->name, field.name)) {
        added.prior_mean = prior->mean;
        added.prior_sd = prior->sd;
        added.free = prior->sd > 0;
      }
    }
  }

  void add(const Projection& projection) {
    a_.projection_parameters.push_back(a_.parameters.size());
    if (!projection.kind) return;
    const std::string owner = to_text(a_, projection) + ".";
    if (!is_self(projection)) {
      for (const FieldSpec& field : projection.kind->parameters) {
        add(field, owner + std::string(field.name), projection.place);
      }
    }
    for (const std::string& context : projection.contexts) {
      Parameter& weight =
          add(projection.kind->context_weight, owner + "modulation." + context, projection.place);
      adapt_to_self(weight, projection);
    }
    for (std::size_t gate : projection.gates) {
      Parameter& weight = add(projection.kind->gate_weight,
                              owner + "gating." + a_.regions[gate].name,
                              projection.place);
      adapt_to_self(weight, projection);
    }
  }

  void add(const Input& input) {
    a_.input_parameters.push_back(a_.parameters.size());
    for (std::size_t driven : input.drives) {
      const Region& region = a_.regions[driven];
      const FieldSpec* stimulus = region.kind ? find_input(*region.kind, "stimulus") : nullptr;
      FieldSpec strength{"strength", "1", "c", "strength with which the input drives the region"};
      if (stimulus) strength.unit = stimulus->unit;
      strength.prior_sd = stimulus && stimulus->prior_sd > 0 ? stimulus->prior_sd : kStrengthSd;
      if (input.band)
        strength.prior_sd *= input.band->scale.value_or(1) /
                             std::sqrt(static_cast<double>(input.band->delays.size()));
      for (const std::string& column : columns_of(input))
        add(strength, column + " -> " + region.name + ".strength", input.place);
    }
  }

  void add(const Observation& observation) {
    a_.observation_parameters.push_back(a_.parameters.size());
    if (!observation.kind) return;
    for (const FieldSpec& field : observation.kind->parameters) {
      const std::string name = observation.name + "." + std::string(field.name);
      if (!field.per_region) {
        add(field, name, observation.place);
        continue;
      }
      for (std::size_t region : observation.regions) {
        add(field, name + "." + a_.regions[region].name, observation.place);
      }
    }
  }

  void add(const TrialObservation& trials) {
    a_.trial_parameters.push_back(a_.parameters.size());
    for (const Predictor& predictor : trials.predictors) {
      if (!predictor.named) continue;
      const FieldSpec& field = predictor.spec->intercept;
      const std::string name = trials.name + "." + to_text(predictor);
      add(field, name, predictor.place).meaning += of_option(predictor);
      for (const Term& term : predictor.terms) {
        const bool is_real = field.domain == Domain::real;
        FieldSpec weight{"weight", is_real ? field.unit : "1", "b", ""};
        weight.prior_sd = predictor.spec->weight_sd *
                          std::pow(kTypicalActivity, -static_cast<double>(term.regions.size()));
        add(weight, name + "." + term.name, predictor.place).meaning =
            weight_in_words(field, term) + of_option(predictor);
      }
    }
  }

  void add(const Learner& learner) {
    a_.learner_parameters.push_back(a_.parameters.size());
    if (!learner.kind) return;
    for (const FieldSpec& field : learner.kind->parameters) {
      add(field, learner.name + "." + std::string(field.name), learner.place);
    }
  }

 private:
  static std::string of_option(const Predictor& predictor) {
    return predictor.option.empty() ? "" : ", of option " + predictor.option;
  }

  static std::string weight_in_words(const FieldSpec& field, const Term& term) {
    const std::string change = field.domain == Domain::real       ? "change of "
                               : field.domain == Domain::positive ? "change of the logarithm of "
                                                                  : "change of the logit of ";
    return change + std::string(field.name) + " per unit of " + term.name;
  }

  Parameter& add(const FieldSpec& field, std::string name, const Place& place) {
    Parameter parameter = from_field(field, std::move(name), place);
    parameter.tied_to = a_.parameters.size();
    a_.parameters.push_back(std::move(parameter));
    return a_.parameters.back();
  }

  // A weight on a self-projection is measured in what the region's `self` is: a log change of its
  // own decay, where weights on other projections are changes of a rate.
  void adapt_to_self(Parameter& weight, const Projection& projection) {
    if (!is_self(projection) || !a_.regions[projection.target].kind) return;
    const FieldSpec* self = find_input(*a_.regions[projection.target].kind, "self");
    if (!self) return;
    weight.unit = self->unit;
    weight.meaning = self->meaning;
  }

  Architecture& a_;
  Priors priors_;
};

}  // namespace

void build_parameters(Architecture& architecture, Priors priors) {
  Table table(architecture, priors);
  for (const Region& region : architecture.regions) table.add(region);
  for (const Projection& projection : architecture.projections) table.add(projection);
  for (const Input& input : architecture.inputs) table.add(input);
  for (const Observation& observation : architecture.observations) table.add(observation);
  for (const TrialObservation& trials : architecture.trials) table.add(trials);
  for (const Learner& learner : architecture.learners) table.add(learner);
}

const FieldSpec* find_input(const RegionKind& kind, std::string_view name) {
  for (const FieldSpec& field : kind.inputs) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::size_t parameters_of(const Observation& observation, const FieldSpec& field) {
  return field.per_region ? observation.regions.size() : 1;
}

Span parameters_of_recordings(const Architecture& a) {
  const std::size_t end = !a.trial_parameters.empty()     ? a.trial_parameters.front()
                          : !a.learner_parameters.empty() ? a.learner_parameters.front()
                                                          : a.parameters.size();
  return {a.observation_parameters.empty() ? end : a.observation_parameters.front(), end};
}

}  // namespace insula::architecture::detail
