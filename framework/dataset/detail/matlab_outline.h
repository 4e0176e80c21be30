// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace insula::dataset::detail {

inline constexpr const char* kCopyAgain =
    "copy it again, or load it in MATLAB or Octave and save it with save('FILE.mat', '-v7')";

/// Throws InputError (data) about the file.
[[noreturn]] void refuse_mat(const std::string& file,
                             const std::string& message,
                             const std::string& note = "");

/// What can be known of a file before matio opens it.
struct MatOutline {
  bool is_hdf5 = false;                 // version 7.3
  std::vector<std::size_t> unpacked{};  // of version 5: the bytes of each variable
};

/// Goes through the variables of a version-5 file: each lies within the file, and what is packed
/// unpacks to its check sum.
/// errors  InputError (data) if that is not so, or if this is no MATLAB file
MatOutline outline_of(const std::string& file, std::string_view bytes);

}  // namespace insula::dataset::detail
