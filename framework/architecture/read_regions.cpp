// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/loading.h"

namespace insula::architecture::detail {
namespace {

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

}  // namespace

void read_regions(Loading& loading) {
  for (const Item& item : loading.document.regions) read_region(loading, item);
}

}  // namespace insula::architecture::detail
