// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/architecture.h"
#include "framework/config/node.h"

#include "tests/fuzz/as_file.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    const std::string text(fuzz::as_text(data, size));
    config::parse_text(text, "x.yaml");
    architecture::parse(text, "x.yaml", Catalogue{});
  });
}
