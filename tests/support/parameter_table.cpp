// SPDX-License-Identifier: Apache-2.0
#include "tests/support/parameter_table.h"

#include <stdexcept>

namespace insula::test {
namespace {

using namespace insula::architecture;

class Layout {
 public:
  explicit Layout(Architecture& a) : a_(a) { a_.parameters.clear(); }

  std::size_t next() const { return a_.parameters.size(); }

  void add(const FieldSpec& field, const std::string& name) {
    Parameter p;
    p.name = name;
    p.unit = field.unit;
    p.meaning = field.meaning;
    p.domain = field.domain;
    p.reference = field.domain == Domain::positive ? field.value : 1;
    p.prior_mean = field.domain == Domain::real ? field.value : 0;
    p.prior_sd = field.prior_sd;
    p.free = field.prior_sd > 0;
    p.tied_to = next();
    a_.parameters.push_back(p);
  }
  void set_mean(double mean) { a_.parameters.back().prior_mean = mean; }

 private:
  Architecture& a_;
};

void add_regions(Architecture& a, Layout& layout) {
  // Source: SPM, spm_dcm_fmri_priors: the diagonal of A has the mean of all of A.
  constexpr double kSelfMean = 1.0 / 128;
  for (const Region& region : a.regions) {
    a.region_parameters.push_back(layout.next());
    for (const FieldSpec& field : region.kind->parameters) {
      layout.add(field, region.name + "." + std::string(field.name));
      if (field.name == "self_inhibition" || field.name == "inhibition") layout.set_mean(kSelfMean);
    }
  }
}

void add_projections(Architecture& a, Layout& layout) {
  for (const Projection& p : a.projections) {
    a.projection_parameters.push_back(layout.next());
    std::string name = a.regions[p.source].name + " -> " + a.regions[p.target].name;
    if (p.ordinal > 1) name += " (" + std::to_string(p.ordinal) + ")";
    if (p.source != p.target)
      for (const FieldSpec& field : p.kind->parameters)
        layout.add(field, name + "." + std::string(field.name));
    for (const std::string& context : p.contexts)
      layout.add(p.kind->context_weight, name + ".modulation." + context);
    for (const std::size_t gate : p.gates)
      layout.add(p.kind->gate_weight, name + ".gating." + a.regions[gate].name);
  }
}

void add_inputs(Architecture& a, Layout& layout) {
  // Source: SPM, spm_dcm_fmri_priors: C has mean 0 and variance 1.
  constexpr FieldSpec kStrength{"strength", "1/s", "c", "strength", 0, Domain::real, 1};
  for (const Input& input : a.inputs) {
    a.input_parameters.push_back(layout.next());
    for (const std::size_t region : input.drives)
      layout.add(kStrength, input.name + " -> " + a.regions[region].name + ".strength");
  }
}

void add_observations(Architecture& a, Layout& layout) {
  for (const Observation& o : a.observations) {
    a.observation_parameters.push_back(layout.next());
    for (const FieldSpec& field : o.kind->parameters) {
      const std::string name = o.name + "." + std::string(field.name);
      if (!field.per_region) layout.add(field, name);
      if (field.per_region)
        for (const std::size_t region : o.regions)
          layout.add(field, name + "." + a.regions[region].name);
    }
  }
}

}  // namespace

void lay_out_parameters(Architecture& a) {
  Layout layout(a);
  for (auto* offsets : {&a.region_parameters,
                        &a.projection_parameters,
                        &a.input_parameters,
                        &a.observation_parameters})
    offsets->clear();
  add_regions(a, layout);
  add_projections(a, layout);
  add_inputs(a, layout);
  add_observations(a, layout);
}

std::size_t parameter_index(const Architecture& a, const std::string& name) {
  for (std::size_t i = 0; i < a.parameters.size(); ++i)
    if (a.parameters[i].name == name) return i;
  throw std::out_of_range("the architecture has no parameter '" + name + "'");
}

}  // namespace insula::test
