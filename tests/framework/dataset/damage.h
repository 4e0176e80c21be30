// SPDX-License-Identifier: Apache-2.0
// Damage as copying and forging do it.
#pragma once

#include <string>

#include "framework/base/random.h"

namespace insula::dataset {

/// The bytes cut off, with one inserted, or with one to four changed.
inline std::string damaged(std::string bytes, Stream& stream) {
  switch (stream.below(3)) {
    case 0: return bytes.substr(0, stream.below(bytes.size()));
    case 1:
      bytes.insert(stream.below(bytes.size()), 1, static_cast<char>(stream.below(256)));
      return bytes;
    default:
      for (std::uint64_t n = 1 + stream.below(4); n > 0; --n) {
        bytes[stream.below(bytes.size())] = static_cast<char>(stream.below(256));
      }
      return bytes;
  }
}

}  // namespace insula::dataset
