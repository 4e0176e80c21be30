// SPDX-License-Identifier: Apache-2.0
#include "framework/command/manifest_words.h"

#include <algorithm>
#include <filesystem>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/command/spm_names.h"

namespace insula::command {

namespace fs = std::filesystem;
using architecture::detail::yaml_text;

std::string in_seconds(double value) { return number_text(value) + " s"; }

std::string flow_list(std::vector<std::string> items) {
  for (std::string& item : items) item = yaml_text(item);
  return "[" + join(items, ", ") + "]";
}

std::string flow_map(const std::vector<std::string>& entries) {
  return "{" + join(entries, ", ") + "}";
}

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const std::size_t from = text.find_first_not_of(' ');
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(' ') + 1 - from);
}

std::string counted(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string path_from(const std::string& folder, const std::string& file) {
  const fs::path whole = fs::absolute(file).lexically_normal();
  return yaml_text(
      whole.lexically_relative(fs::absolute(folder).lexically_normal()).generic_string());
}

std::string FreeNames::take(const std::string& text, const std::string& otherwise) {
  const std::string name = name_from(text, otherwise);
  std::string free = name;
  for (int k = 2; std::ranges::find(taken_, free) != taken_.end(); ++k)
    free = name + "_" + std::to_string(k);
  taken_.push_back(free);
  return free;
}

}  // namespace insula::command
