// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace insula::structure {
namespace {

const std::filesystem::path kRoot = INSULA_ROOT;

bool is_source(const std::filesystem::path& path) {
  return path.extension() == ".h" || path.extension() == ".cpp";
}

}  // namespace

std::vector<std::string> source_files(const std::string& folder) {
  std::vector<std::string> files;
  if (!std::filesystem::exists(kRoot / folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
    if (is_source(entry.path())) files.push_back(relative(entry.path(), kRoot).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream stream(kRoot / file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> includes_in(const std::string& file, const std::vector<std::string>& lines) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const std::size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const std::size_t open = line.find_first_of("\"<", word);
    const std::size_t close = line.find_first_of("\">", open + 1);
    if (open == std::string::npos || close == std::string::npos) continue;
    includes.push_back(
        {file, static_cast<int>(i) + 1, line, line.substr(open + 1, close - open - 1)});
  }
  return includes;
}

std::vector<Include> includes_below(const std::string& folder) {
  std::vector<Include> all;
  for (const std::string& file : source_files(folder)) {
    const std::vector<Include> some = includes_in(file, lines_of(file));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace insula::structure
