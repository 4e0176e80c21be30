// SPDX-License-Identifier: Apache-2.0
#include "tests/support/one_region.h"

#include "tests/support/parameter_table.h"

namespace insula::test {

architecture::Architecture one_region(const std::string& region_kind,
                                      const std::string& observation_kind,
                                      const Catalogue& catalogue) {
  architecture::Architecture a;
  a.name = "one region";
  a.regions = {{"V1", find_kind(catalogue.regions, region_kind), {}}};
  a.inputs = {{"light", {0}, {}}};
  architecture::Observation observation;
  observation.name = find_kind(catalogue.observations, observation_kind)->modality;
  observation.kind = find_kind(catalogue.observations, observation_kind);
  observation.regions = {0};
  observation.channels = {"V1"};
  a.observations = {observation};
  lay_out_parameters(a);
  return a;
}

}  // namespace insula::test
