// SPDX-License-Identifier: Apache-2.0
#include "framework/config/reader.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {

void read_memory(config::Reader& top, Experiment& e) {
  constexpr config::Range kBytes{0, 1e18, true, false};
  e.memory.place = Place{e.file, 0, 0, 0, ""};
  if (!top.has("memory")) return;
  e.memory.place = top.any("memory").place();
  if (const auto bytes = top.optional_quantity("memory", Dimension::memory, kBytes))
    e.memory.bytes = static_cast<std::size_t>(*bytes);
}

}  // namespace insula::experiment::detail
