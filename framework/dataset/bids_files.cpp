// SPDX-License-Identifier: Apache-2.0
// Names of BIDS files, and the folders that hold them.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "framework/dataset/detail/bids_files.h"

namespace insula::dataset::detail {
namespace {

namespace fs = std::filesystem;

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

std::string parent_of(const std::string& folder) {
  const std::size_t slash = folder.rfind('/');
  return slash == std::string::npos ? "" : folder.substr(0, slash);
}

// A folder, its parent, and so on: the root comes last.
std::vector<std::string> upwards(std::string folder) {
  std::vector<std::string> folders{folder};
  while (!folder.empty()) folders.push_back(folder = parent_of(folder));
  return folders;
}

// Entries by name, so that nothing depends on the disk's order.
std::vector<fs::directory_entry> entries_of(const std::string& path) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    entries.push_back(*it);
  if (error) refuse_bids(path, "the folder cannot be read: " + error.message());
  std::ranges::sort(entries, {}, [](const auto& entry) { return entry.path(); });
  return entries;
}

}  // namespace

void refuse_bids(const std::string& file, const std::string& message, const std::string& note) {
  Place place;
  place.file = file;
  throw InputError(place, message, note, ExitCode::data);
}

void refuse_absent_content(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) || !fs::is_symlink(path, error)) return;
  refuse_bids(path,
              "the file is a link, and what it points to is not here",
              "if the dataset is managed by DataLad, `datalad get` fetches it");
}

std::string BidsName::entity(const std::string& key) const {
  const auto found = entities.find(key);
  return found == entities.end() ? "" : found->second;
}

std::optional<BidsName> bids_name(const std::string& file) {
  const std::size_t dot = std::min(file.find('.'), file.size());
  BidsName name;
  name.extension = file.substr(dot);
  std::size_t at = 0;
  while (at <= dot) {
    const std::size_t end = std::min(file.find('_', at), dot);
    const std::string part = file.substr(at, end - at);
    const std::size_t dash = part.find('-');
    const bool is_last = end == dot;
    if (part.empty() || (dash == std::string::npos) != is_last) return std::nullopt;
    if (is_last)
      name.suffix = part;
    else if (!name.entities.emplace(part.substr(0, dash), part.substr(dash + 1)).second)
      return std::nullopt;
    at = end + 1;
  }
  return name;
}

bool has_entities(const BidsEntities& whole, const BidsEntities& part) {
  return std::ranges::all_of(part, [&](const auto& entity) {
    const auto found = whole.find(entity.first);
    return found != whole.end() && found->second == entity.second;
  });
}

BidsFolder::BidsFolder(std::string root) : root_(std::move(root)) {
  while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
  std::error_code error;
  if (!fs::is_directory(root_, error)) {
    const bool is_there = fs::exists(root_, error);
    throw InputError(Place{root_, 0, 0, 0, ""},
                     is_there ? "this is a file, expected a folder" : "there is no such folder",
                     "",
                     ExitCode::no_input);
  }
  look_into("", {fs::canonical(root_, error).string()});
}

void BidsFolder::look_into(const std::string& folder, std::set<std::string> above) {
  const std::string here = folder.empty() ? root_ : path(folder);
  for (const fs::directory_entry& entry : entries_of(here)) {
    const std::string name = entry.path().filename().string();
    std::error_code error;
    if (!entry.is_directory(error)) {
      const auto parts = bids_name(name);
      if (!parts) continue;
      in_folder_[folder].push_back(files_.size());
      files_.push_back({folder, path(below(folder, name)), *parts});
      continue;
    }
    const bool is_subject = name.starts_with("sub-");
    if (name.starts_with('.') || (folder.empty() && !is_subject)) continue;
    const std::string real = fs::canonical(entry.path(), error).string();
    if (above.contains(real))
      refuse_bids(path(below(folder, name)),
                  "the link leads back to a folder that holds it, '" + real + "'",
                  "remove the link");
    std::set<std::string> deeper = above;
    deeper.insert(real);
    look_into(below(folder, name), std::move(deeper));
  }
}

std::vector<const BidsFile*> BidsFolder::of_subject(const std::string& id) const {
  std::vector<const BidsFile*> files;
  for (auto it = in_folder_.lower_bound(id); it != in_folder_.end(); ++it) {
    if (!it->first.starts_with(id)) break;
    if (it->first != id && !it->first.starts_with(id + "/")) continue;
    for (const std::size_t f : it->second) files.push_back(&files_[f]);
  }
  return files;
}

bool BidsFolder::has(const std::string& file) const {
  std::error_code error;
  return fs::exists(path(file), error);
}

Sidecar BidsFolder::sidecar(const std::string& folder, const BidsName& name) const {
  Sidecar merged;
  const std::vector<std::string> folders = upwards(folder);
  for (auto level = folders.rbegin(); level != folders.rend(); ++level) {
    const auto here = in_folder_.find(*level);
    if (here == in_folder_.end()) continue;
    Sidecar of_level;
    for (const std::size_t f : here->second) {
      const BidsFile& file = files_[f];
      if (file.name.extension != ".json" || file.name.suffix != name.suffix) continue;
      if (!has_entities(name.entities, file.name.entities)) continue;
      if (!read_.contains(file.path)) read_[file.path] = read_sidecar(file.path);
      for (const auto& [key, field] : read_[file.path]) {
        const auto [first, is_new] = of_level.emplace(key, field);
        if (is_new) continue;
        SidecarField same = field;
        same.file = first->second.file;
        same.rival = first->second.rival;
        if (same != first->second) first->second.rival = field.file;
      }
    }
    for (auto& [key, field] : of_level) merged[key] = std::move(field);
  }
  return merged;
}

const BidsFile* BidsFolder::nearest(const std::string& folder,
                                    const BidsEntities& of,
                                    const std::string& suffix,
                                    const std::string& extension) const {
  for (const std::string& level : upwards(folder)) {
    const auto here = in_folder_.find(level);
    if (here == in_folder_.end()) continue;
    const BidsFile* best = nullptr;
    for (const std::size_t f : here->second) {
      const BidsFile& file = files_[f];
      if (file.name.suffix != suffix || file.name.extension != extension) continue;
      if (!has_entities(of, file.name.entities)) continue;
      if (best == nullptr || file.name.entities.size() > best->name.entities.size()) best = &file;
    }
    if (best != nullptr) return best;
  }
  return nullptr;
}

}  // namespace insula::dataset::detail
