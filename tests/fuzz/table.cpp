// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/table.h"

#include "tests/fuzz/as_file.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    const dataset::Table table(std::string(fuzz::as_text(data, size)), "x.tsv", '\t');
    for (std::size_t row = 0; row < table.rows(); ++row)
      for (std::size_t column = 0; column < table.columns(); ++column) {
        table.number(row, column);
        table.place(row, column);
      }
  });
}
