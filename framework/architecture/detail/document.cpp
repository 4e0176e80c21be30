// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/document.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "framework/architecture/detail/file_content.h"
#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

namespace fs = std::filesystem;

std::string identity(const std::string& path) {
  std::error_code ignored;
  const fs::path canonical = fs::weakly_canonical(path, ignored);
  return canonical.empty() ? path : canonical.string();
}

// Adds what went wrong with the file that `extends` names: its own mistakes, or that it cannot be
// read, at the place that names it.
void add_unreadable(const InputError& error,
                    const std::string& path,
                    const config::Node& extends,
                    Mistakes& mistakes) {
  if (error.code() != ExitCode::no_input) {
    mistakes.add(error.mistakes());
    return;
  }
  mistakes.add(extends.place(),
               "'extends' names " + path + ": " + error.mistakes().front().message,
               "paths are relative to the file that names them");
}

// A loop in words: "a.yaml extends b.yaml, which extends a.yaml".
std::string loop_in_words(const std::vector<FileContent>& chain, std::size_t first) {
  std::string text = chain[first].shown_as;
  for (std::size_t i = first + 1; i < chain.size(); ++i) {
    text += (i == first + 1 ? " extends " : ", which extends ") + chain[i].shown_as;
  }
  return text + (chain.size() == first + 1 ? " extends itself"
                                           : ", which extends " + chain[first].shown_as);
}

// All files of the chain, nearest first. `whole` becomes false if it cannot be followed to its end.
std::vector<FileContent> read_chain(const config::Node& root,
                                    const std::string& shown_as,
                                    bool& whole,
                                    Mistakes& mistakes) {
  std::vector<FileContent> chain{read_file_content(root, shown_as, mistakes)};
  std::vector<std::string> seen{identity(shown_as)};
  while (!chain.back().extends.is_missing()) {
    const config::Node extends = chain.back().extends;
    const fs::path folder = fs::path(chain.back().shown_as).parent_path();
    const std::string path = (folder / extends.scalar()).lexically_normal().generic_string();
    const auto found = std::ranges::find(seen, identity(path));
    whole = found == seen.end();
    if (!whole) {
      mistakes.add(extends.place(),
                   "files extend each other in a circle: " +
                       loop_in_words(chain, static_cast<std::size_t>(found - seen.begin())));
      return chain;
    }
    try {
      chain.push_back(read_file_content(config::parse_file(path), path, mistakes));
    } catch (const InputError& error) {
      add_unreadable(error, path, extends, mistakes);
      whole = false;
      return chain;
    }
    seen.push_back(identity(path));
  }
  return chain;
}

using Section = std::vector<Item>;

Section::iterator item_named(Section& section, const std::string& name) {
  return std::ranges::find(section, name, &Item::name);
}

// Parameters of the entry `owner` were about an entry that is no longer so.
void loosen(Document& document, const std::string& owner) {
  for (Item& parameter : document.parameters) {
    const bool is_owned = parameter.name.starts_with(owner + ".");
    const bool is_input_of = parameter.name.starts_with(owner + " -> ");
    const bool is_input = item_named(document.inputs, owner) != document.inputs.end();
    const bool is_column = parameter.name.starts_with(owner + "[");
    if (is_owned || is_column || (is_input && is_input_of)) parameter.loose = true;
  }
}

void remove(Document& document, const config::Node& node, Mistakes& mistakes) {
  const std::string name = tidy_name(node.scalar());
  std::vector<std::string> names;
  for (Section* section : {&document.regions,
                           &document.projections,
                           &document.inputs,
                           &document.features,
                           &document.observations,
                           &document.learners}) {
    const auto found = item_named(*section, name);
    if (found != section->end()) {
      loosen(document, name);
      section->erase(found);
      document.removed[name] = node.place();
      return;
    }
    for (const Item& item : *section) names.push_back(item.name);
  }
  mistakes.add(node.place(),
               "there is no '" + name + "' to remove",
               name_hint(name, names, "what is extended has"));
}

// An entry of the nearer file replaces the entry of that name as a whole.
void merge(Document& document, Section& into, const Section& from, bool owns_parameters) {
  for (const Item& item : from) {
    const auto found = item_named(into, item.name);
    if (found == into.end()) {
      into.push_back(item);
      continue;
    }
    if (owns_parameters) loosen(document, item.name);
    *found = item;
  }
}

}  // namespace

Document read_document(const config::Node& root, const std::string& shown_as, Mistakes& mistakes) {
  Document document;
  std::vector<FileContent> chain = read_chain(root, shown_as, document.whole, mistakes);
  document.name = chain.front().name;
  document.description = chain.front().description;
  for (const FileContent& file : chain) document.files.push_back(file.shown_as);
  if (!document.whole) return document;
  for (std::size_t i = chain.size(); i-- > 0;) {
    const FileContent& file = chain[i];
    if (i + 1 < chain.size()) {
      for (const config::Node& node : file.remove) remove(document, node, mistakes);
    }
    merge(document, document.regions, file.regions, true);
    merge(document, document.projections, file.projections, true);
    merge(document, document.inputs, file.inputs, true);
    merge(document, document.features, file.features, true);
    merge(document, document.observations, file.observations, true);
    merge(document, document.learners, file.learners, true);
    merge(document, document.parameters, file.parameters, false);
  }
  return document;
}

}  // namespace insula::architecture::detail
