// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/table.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

// The names of the kinds that declare the input, for remedies.
std::string kinds_with(const Catalogue& catalogue, std::string_view input) {
  std::vector<std::string> names;
  for (const RegionKind& kind : catalogue.regions) {
    if (find_input(kind, input)) names.emplace_back(kind.name);
  }
  return names.empty() ? "no kind has one" : "kinds that can: " + join(names, ", ");
}

void read_region(Loading& loading, const Item& item) {
  config::Reader reader(item.value, "region '" + item.name + "'", loading.mistakes);
  const auto kind_name = reader.choice("kind", kind_names(loading.catalogue.regions));
  const RegionKind* kind = kind_name ? find_kind(loading.catalogue.regions, *kind_name) : nullptr;
  loading.architecture.regions.push_back({item.name, kind, item.place});
  if (!kind) {
    loading.mistaken.insert(item.name);
    return;
  }
  take_inline(loading, reader, item.name, kind->parameters);
  reader.finish();
}

void read_input(Loading& loading, const Item& item) {
  const std::string what = "input '" + item.name + "'";
  config::Reader reader(item.value, what, loading.mistakes);
  Input input{item.name, {}, item.place};
  const std::vector<config::Node> names = read_names(reader, "drives");
  for (const config::Node& name : names) {
    const std::size_t index = read_region_name(loading, name, what + " drives");
    if (index == Architecture::npos) continue;
    const Region& region = loading.architecture.regions[index];
    if (region.kind && !find_input(*region.kind, "stimulus")) {
      loading.mistakes.add(name.place(),
                           "no known input can drive '" + region.name + "': its kind '" +
                               std::string(region.kind->name) + "' takes no stimulus",
                           kinds_with(loading.catalogue, "stimulus"));
    }
    input.drives.push_back(index);
  }
  reader.finish();
  if (!item.value.is_map() || input.drives.size() < names.size()) {
    loading.mistaken.insert(item.name);
  }
  loading.architecture.inputs.push_back(std::move(input));
}

}  // namespace

void read_regions(Loading& loading) {
  for (const Item& item : loading.document.regions) read_region(loading, item);
}

void read_inputs(Loading& loading) {
  for (const Item& item : loading.document.inputs) read_input(loading, item);
}

}  // namespace insula::architecture::detail
