// SPDX-License-Identifier: Apache-2.0
#include "framework/command/spm_names.h"

#include <algorithm>

#include "framework/architecture/detail/names.h"

namespace insula::command {

std::string name_from(const std::string& text, const std::string& otherwise) {
  std::string name;
  for (const char c : text)
    name += architecture::detail::is_name(std::string("x") + c) || (c & 0x80) != 0 ? c : '_';
  while (!name.empty() && (name.front() == '-' || name.front() == '+')) name.erase(0, 1);
  const bool is_good = name.find_first_not_of('_') != std::string::npos &&
                       architecture::detail::is_name(name) &&
                       architecture::detail::yaml_text(name) == name;
  return is_good ? name : otherwise;
}

SpmNames names_of(const dataset::SpmDcm& dcm) {
  std::vector<std::string> taken{"bold"};
  const auto unique = [&](const std::string& name) {
    std::string free = name;
    for (int k = 2; std::ranges::find(taken, free) != taken.end(); ++k)
      free = name + "_" + std::to_string(k);
    taken.push_back(free);
    return free;
  };
  SpmNames names;
  for (std::size_t r = 0; r < dcm.regions.size(); ++r)
    names.regions.push_back(unique(name_from(dcm.regions[r], "region_" + std::to_string(r + 1))));
  for (std::size_t k = 0; k < dcm.inputs.size(); ++k)
    names.inputs.push_back(unique(name_from(dcm.inputs[k], "input_" + std::to_string(k + 1))));
  return names;
}

}  // namespace insula::command
