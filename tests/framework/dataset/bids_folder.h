// SPDX-License-Identifier: Apache-2.0
// BIDS datasets in small, file by file.
#pragma once

#include <filesystem>
#include <string>

#include "tests/framework/dataset/folder.h"

namespace insula::dataset {

/// A folder "ds" with a description, into which a test writes; parents are made.
class BidsTree {
 public:
  BidsTree() {
    write("dataset_description.json", "{\"Name\": \"small\", \"BIDSVersion\": \"1.9.0\"}");
  }

  std::string root() const { return folder_.path("ds"); }
  /// The folder that holds "ds".
  const Folder& folder() const { return folder_; }
  std::string path(const std::string& file) const { return root() + "/" + file; }

  void write(const std::string& file, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path(file)).parent_path());
    folder_.write("ds/" + file, bytes);
  }
  void remove(const std::string& file) const { std::filesystem::remove(path(file)); }

 private:
  Folder folder_;
};

}  // namespace insula::dataset
