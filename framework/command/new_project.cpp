// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "framework/command/command.h"
#include "framework/command/documents.h"
#include "framework/command/folder.h"
#include "framework/command/project.h"
#include "framework/command/terminal.h"
#include "framework/experiment/twin.h"
#include "modules/catalogue.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;

// A recipe is a dataset, too.
dataset::Dataset load_dataset(const std::string& path, const Catalogue& kinds) {
  if (document_of(path) == Document::simulation) return experiment::twin(path, kinds);
  return dataset::load(path);
}

std::vector<ProjectFile> project_files(const NewArguments& arguments, const std::string& name) {
  if (arguments.dataset.empty()) return simulated_project(name);
  const Catalogue kinds = catalogue();
  const dataset::Dataset data = load_dataset(arguments.dataset, kinds);
  const fs::path path = fs::absolute(arguments.dataset).lexically_normal();
  const fs::path folder = fs::absolute(arguments.folder).lexically_normal();
  return project_of(data, name, path.lexically_relative(folder).generic_string(), kinds);
}

std::string name_of(const std::string& folder) {
  fs::path path = fs::absolute(folder).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path.filename().string();
}

}  // namespace

int new_project(const NewArguments& arguments) {
  const fs::path folder = arguments.folder;
  refuse_occupied(arguments.folder);
  write_files(arguments.folder, project_files(arguments, name_of(arguments.folder)));
  print("\nNext: insula run " + (folder / "experiment.yaml").string() + "\n");
  return 0;
}

}  // namespace insula::command
