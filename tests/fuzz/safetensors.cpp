// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/as_file.h"
#include "tests/fuzz/read_array.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    fuzz::read_array(
        fuzz::as_file(data, size, ".safetensors"), dataset::ArrayFormat::safetensors, "");
  });
}
