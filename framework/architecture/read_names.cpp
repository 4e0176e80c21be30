// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "framework/architecture/detail/loading.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {

std::vector<std::string> names_of(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const Item& item : items) names.push_back(item.name);
  return names;
}

std::vector<config::Node> read_names(config::Reader& reader, const std::string& key) {
  reader.optional_names(key);  // checks the form
  const config::Node node = reader.node()[key];
  const std::vector<config::Node> items =
      node.is_scalar() ? std::vector<config::Node>{node} : node.items();
  std::vector<config::Node> names;
  for (const config::Node& item : items) {
    if (!item.is_scalar()) continue;
    const bool is_repeated = std::ranges::any_of(
        names, [&](const config::Node& n) { return n.scalar() == item.scalar(); });
    if (is_repeated) {
      reader.mistakes().add(
          item.place(),
          "'" + item.scalar() + "' stands twice in '" + key + "' of " + reader.what());
    } else {
      names.push_back(item);
    }
  }
  return names;
}

std::size_t read_region_name(Loading& loading, const config::Node& name, const std::string& use) {
  const std::size_t region = loading.architecture.region_index(name.scalar());
  if (region == Architecture::npos) {
    loading.mistakes.add(name.place(),
                         use + " '" + name.scalar() + "', which is no region",
                         region_hint(loading, name.scalar()));
  }
  return region;
}

std::string region_hint(const Loading& loading, const std::string& name) {
  const auto removed = loading.document.removed.find(name);
  if (removed != loading.document.removed.end()) {
    const Place& place = removed->second;
    return "'" + name + "' is removed by " + place.file + ":" + std::to_string(place.line) +
           "; what names it must be removed or replaced there too";
  }
  return name_hint(name, names_of(loading.document.regions), "the regions are");
}

void take_inline(Loading& loading,
                 config::Reader& reader,
                 const std::string& owner,
                 std::span<const FieldSpec> fields) {
  for (const FieldSpec& field : fields) {
    const std::string name(field.name);
    const config::Node value = reader.any(name);
    if (value.is_missing()) continue;
    loading.inline_settings.push_back({owner + "." + name, value.place(), value});
  }
}

}  // namespace insula::architecture::detail
