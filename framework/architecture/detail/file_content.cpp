// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/file_content.h"

#include "framework/architecture/detail/names.h"
#include "framework/config/reader.h"

namespace insula::architecture::detail {
namespace {

const Item* find_item(const std::vector<Item>& items, const std::string& name) {
  for (const Item& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

void check_name(const std::string& what, const config::Entry& entry, Mistakes& mistakes) {
  if (is_name(entry.key)) return;
  mistakes.add(entry.key_place,
               "'" + entry.key + "' cannot be the name of " + what,
               "a name holds letters, digits, '_', '-' and '+', and starts with a letter, a digit "
               "or '_'");
}

// Adds the item unless its name, with the spaces that we write, has been seen. The keys themselves
// cannot be equal: that is a mistake of YAML.
void add_item(std::vector<Item>& items,
              const std::string& what,
              Item item,
              const std::string& remedy,
              Mistakes& mistakes) {
  if (const Item* first = find_item(items, item.name)) {
    mistakes.add(item.place,
                 what + " '" + item.name + "' is written twice",
                 "it stands first on line " + std::to_string(first->place.line) + remedy);
    return;
  }
  items.push_back(std::move(item));
}

std::vector<Item> read_section(const config::Node& section,
                               const std::string& what,
                               Mistakes& mistakes) {
  std::vector<Item> items;
  for (const config::Entry& entry : section.entries()) {
    check_name(what, entry, mistakes);
    items.push_back({entry.key, entry.key_place, entry.value});
  }
  return items;
}

std::vector<Item> read_projections(const config::Node& section, Mistakes& mistakes) {
  std::vector<Item> items;
  for (const config::Entry& entry : section.entries()) {
    const auto name = read_projection_name(entry.key);
    if (!name) {
      mistakes.add(entry.key_place,
                   "'" + entry.key + "' is not the name of a projection",
                   "write 'source -> target', or 'source -> target (2)' for a second one");
      continue;
    }
    const std::string second = to_text({name->source, name->target, name->ordinal + 1});
    add_item(items,
             "projection",
             {to_text(*name), entry.key_place, entry.value},
             "; call another one '" + second + "'",
             mistakes);
  }
  return items;
}

std::vector<Item> read_parameters(const config::Node& section, Mistakes& mistakes) {
  std::vector<Item> items;
  for (const config::Entry& entry : section.entries()) {
    add_item(
        items, "parameter", {tidy_name(entry.key), entry.key_place, entry.value}, "", mistakes);
  }
  return items;
}

std::vector<config::Node> scalars(const config::Node& node) {
  if (node.is_scalar()) return {node};
  std::vector<config::Node> list;
  for (const config::Node& item : node.items()) {
    if (item.is_scalar()) list.push_back(item);
  }
  return list;
}

}  // namespace

FileContent read_file_content(const config::Node& root,
                              const std::string& shown_as,
                              Mistakes& mistakes) {
  config::Reader reader(root, "the architecture", mistakes);
  FileContent file;
  file.shown_as = shown_as;
  config::read_document_kind(reader, "architecture", 1);
  file.name = reader.text("name").value_or("");
  file.description = reader.optional_text("description").value_or("");
  if (reader.optional_text("extends")) file.extends = root["extends"];
  reader.optional_names("remove");
  file.remove = scalars(root["remove"]);
  if (!file.remove.empty() && file.extends.is_missing() && !reader.has("extends")) {
    reader.mistake("remove", "'remove' needs 'extends': there is nothing yet to remove from");
  }
  file.regions = read_section(reader.optional_map("regions"), "a region", mistakes);
  file.projections = read_projections(reader.optional_map("projections"), mistakes);
  file.inputs = read_section(reader.optional_map("inputs"), "an input", mistakes);
  file.features = read_section(reader.optional_map("features"), "a feature band", mistakes);
  file.observations = read_section(reader.optional_map("observations"), "an observation", mistakes);
  file.learners = read_section(reader.optional_map("learners"), "a learner", mistakes);
  file.parameters = read_parameters(reader.optional_map("parameters"), mistakes);
  reader.finish();
  return file;
}

}  // namespace insula::architecture::detail
