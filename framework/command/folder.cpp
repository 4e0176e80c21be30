// SPDX-License-Identifier: Apache-2.0
#include "framework/command/folder.h"

#include <filesystem>

#include "framework/command/terminal.h"
#include "framework/report/detail/files.h"

namespace insula::command {

namespace fs = std::filesystem;

void refuse_occupied(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return;
  Place place;
  place.file = folder;
  if (!fs::is_directory(folder, error)) {
    throw InputError(place, "this is a file, expected a folder", "", ExitCode::usage);
  }
  if (!fs::is_empty(folder, error) || error) {
    throw InputError(place,
                     "the folder is not empty, so nothing was written",
                     "name a new folder",
                     ExitCode::usage);
  }
}

void write_files(const std::string& folder, const std::vector<ProjectFile>& files) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) report::refuse(folder, "the folder cannot be made: " + error.message());
  for (const ProjectFile& file : files) {
    const std::string path = (fs::path(folder) / file.name).string();
    report::write_file(path, file.text);
    print(path + "\n");
  }
}

}  // namespace insula::command
