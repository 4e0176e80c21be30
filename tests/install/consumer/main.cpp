// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "framework/base/text.h"
#include "framework/config/reader.h"

int main() {
  using namespace insula;
  Mistakes mistakes;
  config::Reader region(config::parse_text("tau: 100 ms", "text"), "the region", mistakes);
  const auto tau = region.quantity("tau", Dimension::time, config::positive);
  region.finish();
  if (!tau || !mistakes.empty()) return 1;
  std::printf("tau = %s s\n", number_text(*tau).c_str());
}
