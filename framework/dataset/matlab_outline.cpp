// SPDX-License-Identifier: Apache-2.0
// A copy that was damaged or cut off is told as that, and matio is never handed it.
#include "framework/dataset/detail/matlab_outline.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "framework/base/error.h"
#include "framework/dataset/detail/matlab_walk.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kMatHeader = 128, kMatTag = 8;
constexpr std::uint32_t kMatMatrix = 14, kMatCompressed = 15;
constexpr const char* kHdf5Start = "\x89HDF\r\n\x1a\n";
constexpr std::size_t kHdf5UserBlock = 512;

std::uint32_t mat_word(std::string_view bytes, std::size_t at, bool is_swapped) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  if (!is_swapped) return word;
  return (word >> 24) | ((word >> 8) & 0xff00U) | ((word << 8) & 0xff0000U) | (word << 24);
}

}  // namespace

void refuse_mat(const std::string& file, const std::string& message, const std::string& note) {
  Place place;
  place.file = file;
  throw InputError(place, message, note, ExitCode::data);
}

MatOutline outline_of(const std::string& file, std::string_view bytes) {
  if (bytes.size() >= kHdf5UserBlock + 8 && bytes.substr(kHdf5UserBlock, 8) == kHdf5Start)
    return {true};
  const std::string_view order =
      bytes.size() < kMatHeader ? std::string_view{} : bytes.substr(126, 2);
  if (order != "IM" && order != "MI") {
    refuse_mat(file,
               "this is no MATLAB file of version 5 to 7.3",
               "save it in MATLAB or Octave with save('FILE.mat', '-v7')");
  }
  const bool is_swapped = (order == "MI") == (std::endian::native == std::endian::little);
  MatOutline outline;
  const std::size_t subsystem = mat_word(bytes, 116, is_swapped);  // of objects; no variable
  for (std::size_t at = kMatHeader; at < bytes.size();) {
    const std::size_t left = bytes.size() - at;
    if (left < kMatTag) refuse_mat(file, "the file ends within a variable", kCopyAgain);
    const std::uint32_t type = mat_word(bytes, at, is_swapped);
    const std::size_t size = mat_word(bytes, at + 4, is_swapped);
    const std::string which = "variable " + std::to_string(outline.unpacked.size() + 1);
    if (type != kMatMatrix && type != kMatCompressed)
      refuse_mat(file, which + " does not begin as variables do", kCopyAgain);
    if (size > left - kMatTag) {
      refuse_mat(file,
                 "the file ends early: " + which + " needs " + std::to_string(size) +
                     " bytes, and " + std::to_string(left - kMatTag) + " are left",
                 kCopyAgain);
    }
    const std::optional<MatWalk> walk =
        walk_variable(bytes.substr(at + kMatTag, size), type == kMatCompressed, is_swapped);
    if (!walk) refuse_mat(file, which + " does not unpack", kCopyAgain);
    if (at != subsystem && !walk->is_credible)
      refuse_mat(file, which + " is damaged: a part of it says that it is larger", kCopyAgain);
    if (at != subsystem) outline.unpacked.push_back(walk->bytes);
    at += kMatTag + size;
  }
  return outline;
}

}  // namespace insula::dataset::detail
