// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/nwb.h"

#include "tests/fuzz/as_file.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    dataset::NwbQuestion question;
    question.files = {fuzz::as_file(data, size, ".nwb")};
    dataset::read_nwb(question);
  });
}
