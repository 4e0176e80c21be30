// SPDX-License-Identifier: Apache-2.0
// What the texts of imported datasets are made of.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace insula::command {

std::string in_seconds(double value);
/// "[a, b]"; what YAML would misread is in quotes.
std::string flow_list(std::vector<std::string> items);
/// "{a: 1, b: 2}" of entries as they are to stand there.
std::string flow_map(const std::vector<std::string>& entries);
/// Without control characters and spaces around it.
std::string one_line(std::string text);
/// "1 run", "2 runs".
std::string counted(std::size_t n, const std::string& noun);
/// The file as a document in `folder` is to name it, as a YAML scalar.
std::string path_from(const std::string& folder, const std::string& file);

/// Names that are given out once each.
class FreeNames {
 public:
  std::string take(const std::string& text, const std::string& otherwise);

 private:
  std::vector<std::string> taken_;
};

}  // namespace insula::command
