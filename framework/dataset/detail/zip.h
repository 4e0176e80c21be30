// SPDX-License-Identifier: Apache-2.0
// The members of a ZIP file, as far as .npz needs it: stored and deflated, also larger than 4 GiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/dataset/detail/byte_source.h"

namespace insula::dataset::detail {

struct ZipMember {
  std::string name;
  std::uint32_t flags = 0, method = 0, crc = 0;
  std::size_t packed = 0, unpacked = 0;  // bytes
  std::size_t header_at = 0, data_at = 0;
};

/// The members in the order of the central directory: inside the file, apart from each other, with
/// names that differ.
///
/// errors  InputError (data)
/// source  PKWARE APPNOTE 6.3.9, sections 4.3 to 4.5
std::vector<ZipMember> zip_members(std::string_view bytes, const std::string& file);

/// The content of a member, whose length and CRC are checked first. A stored one lies where it
/// lies; a deflated one is unpacked as it is read, from its start after a step backwards.
///
/// errors  InputError (data) if it is damaged, encrypted or packed by another method
std::shared_ptr<const ByteSource> open_member(const PlainBytes& bytes,
                                              const ZipMember& member,
                                              const std::string& file);

}  // namespace insula::dataset::detail
