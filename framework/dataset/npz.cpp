// SPDX-License-Identifier: Apache-2.0
// NumPy's .npz: a ZIP file with a .npy file for each array.
#include <string>
#include <vector>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/zip.h"

namespace insula::dataset::detail {

Array open_npz(const PlainBytes& bytes, const std::string& file, const std::string& name) {
  if (!bytes.bytes.starts_with("PK")) {
    refuse_array(file, "the file does not start as a ZIP file (.npz) does");
  }
  std::vector<ZipMember> arrays;
  std::vector<std::string> names;
  for (ZipMember& member : zip_members(bytes.bytes, file)) {
    if (!member.name.ends_with(".npy")) continue;
    names.push_back(member.name.substr(0, member.name.size() - 4));
    arrays.push_back(std::move(member));
  }
  const std::size_t chosen = chosen_array(names, name, "array", file);
  const NpyTitles titles{
      file, "member '" + arrays[chosen].name + "'", "array '" + names[chosen] + "'"};
  return open_npy(open_member(bytes, arrays[chosen], file), titles);
}

}  // namespace insula::dataset::detail
