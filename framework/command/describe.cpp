// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/describe.h"

#include <algorithm>
#include <filesystem>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/documents.h"
#include "framework/command/pages.h"
#include "framework/command/terminal.h"
#include "modules/catalogue.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;

bool is_path(const std::string& name) {
  return fs::exists(name) || name.find('/') != std::string::npos || name.ends_with(".yaml") ||
         name.ends_with(".yml");
}

std::string page_of_file(const std::string& path, const Catalogue& kinds) {
  switch (document_of(path)) {
    case Document::architecture: return architecture::describe(architecture::load(path, kinds));
    case Document::dataset: return page(dataset::load(path));
    case Document::experiment: return page(experiment::load(path, kinds));
    case Document::simulation: break;
  }
  const experiment::Recipe recipe = experiment::read_recipe(path, kinds);
  const experiment::Twin twin = experiment::simulate(recipe);
  experiment::refuse_unfinished(recipe, twin);
  return page(recipe, twin);
}

// The pages of all kinds of that name: "rate" is a region and an observation.
std::vector<std::string> pages_of_kind(const std::string& name, const Catalogue& kinds) {
  std::vector<std::string> pages;
  const auto add = [&](const auto* kind) {
    if (kind != nullptr) pages.push_back(architecture::describe(*kind));
  };
  add(find_kind(kinds.regions, name));
  add(find_kind(kinds.projections, name));
  add(find_kind(kinds.observations, name));
  add(find_kind(kinds.trials, name));
  add(find_kind(kinds.learners, name));
  add(find_kind(kinds.baselines, name));
  if (const auto* kind = find_kind(kinds.corruptions, name)) pages.push_back(page(*kind));
  if (const auto* built = experiment::find_built(name)) pages.push_back(page(*built));
  return pages;
}

std::vector<std::string> all_names(const Catalogue& kinds) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& name : more) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  };
  add(kind_names(kinds.regions));
  add(kind_names(kinds.projections));
  add(kind_names(kinds.observations));
  add(kind_names(kinds.trials));
  add(kind_names(kinds.learners));
  add(kind_names(kinds.baselines));
  add(kind_names(kinds.corruptions));
  for (const experiment::BuiltBaseline& built : experiment::built_baselines())
    add({std::string(built.name)});
  return names;
}

}  // namespace

int describe(const std::string& name) {
  const Catalogue kinds = catalogue();
  if (name.empty()) {
    print(list_of_kinds(kinds));
    return 0;
  }
  const std::vector<std::string> pages = pages_of_kind(name, kinds);
  if (pages.empty() && is_path(name)) {
    print(page_of_file(name, kinds));
    return 0;
  }
  if (pages.empty()) {
    throw InputError(Place{},
                     "there is no kind and no file '" + name + "'",
                     name_hint(name, all_names(kinds), "the kinds are"),
                     ExitCode::usage);
  }
  print(join(pages, "\n"));
  return 0;
}

}  // namespace insula::command
