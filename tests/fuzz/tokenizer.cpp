// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/tokenizer.h"

#include "tests/fuzz/as_file.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    extraction::read_tokenizer(fuzz::as_file(data, size, ".json"))("Two words, é. ＡＢ e\u0301");
  });
}
