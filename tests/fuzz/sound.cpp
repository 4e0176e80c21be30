// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/sound.h"

#include "tests/fuzz/as_file.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] { extraction::decode_wav(fuzz::as_text(data, size), "a.wav"); });
}
