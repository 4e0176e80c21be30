// SPDX-License-Identifier: Apache-2.0
// A folder of small files that a test writes and that is gone when the test ends.
#pragma once

#include <fstream>
#include <string>

#include "framework/dataset/dataset.h"
#include "tests/support/temporary_folder.h"

namespace insula::dataset {

class Folder {
 public:
  std::string path(const std::string& name) const { return folder_ / name; }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  /// A manifest with one run of 10 s and the given lines in it.
  void write_manifest(const std::string& lines) const {
    std::string text =
        "insula: dataset/1\nname: test\nsubjects:\n- id: s01\n  runs:\n  - id: run-1\n"
        "    duration: 10 s\n    ";
    for (const char c : lines) text += c == '\n' ? "\n    " : std::string(1, c);
    write("dataset.yaml", text + "\n");
  }

  Dataset load() const { return dataset::load(path("dataset.yaml")); }
  Run load_run(const std::string& lines) const {
    write_manifest(lines);
    return load().subjects.at(0).runs.at(0);
  }

  /// The whole text of the mistakes that loading gives, with DIR for this folder; "" if it loads.
  std::string mistakes() const {
    try {
      load();
      return "";
    } catch (const InputError& error) {
      return without_folder(error.what());
    }
  }
  std::string mistakes(const std::string& lines) const {
    write_manifest(lines);
    return mistakes();
  }

  std::string without_folder(std::string text) const {
    const std::string& folder = folder_.path();
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.replace(at, folder.size(), "DIR");
    }
    return text;
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace insula::dataset
