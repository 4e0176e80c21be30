// SPDX-License-Identifier: Apache-2.0
#include "framework/base/path.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "framework/base/text.h"

namespace insula {

std::string near_file_hint(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path wanted(path);
  const fs::path folder = wanted.has_parent_path() ? wanted.parent_path() : fs::path(".");
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) names.push_back(it->path().filename().string());
  std::ranges::sort(names);  // a folder has no order of its own
  const std::string nearest = nearest_name(wanted.filename().string(), names);
  return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
}

}  // namespace insula
