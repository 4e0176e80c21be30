// SPDX-License-Identifier: Apache-2.0
// The files of a BIDS dataset: what their names say, and the sidecars that they inherit.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/error.h"

namespace insula::dataset::detail {

using BidsEntities = std::map<std::string, std::string>;  // "sub": "01"

/// A file's name: entities, a suffix and an extension, "sub-01_task-rest_bold.nii.gz".
struct BidsName {
  BidsEntities entities;
  std::string suffix;     // "bold"
  std::string extension;  // ".nii.gz"

  std::string entity(const std::string& key) const;  // "" if absent
};
/// Nothing if the name is not of that form.
std::optional<BidsName> bids_name(const std::string& file);

/// True if `whole` has all entities of `part`, with the same values.
bool has_entities(const BidsEntities& whole, const BidsEntities& part);

struct BidsFile {
  std::string folder;  // from the root: "sub-01/ses-1/func"; "" for the root
  std::string path;    // as it can be opened
  BidsName name;
};

/// One field of a sidecar. Of a nested field, such as the units of a column, the key is
/// "column/Units".
struct SidecarField {
  std::string file;  // where it stands
  std::optional<double> number;
  std::optional<std::string> text;
  std::vector<std::string> list;  // of texts; or the keys of a mapping, in their order
  bool is_list = false;
  std::string rival;  // a file of the same level that says something else, or ""

  friend bool operator==(const SidecarField&, const SidecarField&) = default;
};
using Sidecar = std::map<std::string, SidecarField>;

/// A folder with dataset_description.json, or of derivatives: its files in order of their paths.
class BidsFolder {
 public:
  /// Looks at the folder and at its subjects' folders, however deep.
  /// errors  InputError if it is no folder, cannot be read, or a link leads back to a folder above
  explicit BidsFolder(std::string root);

  const std::string& root() const { return root_; }
  std::string path(const std::string& file) const { return root_ + "/" + file; }
  const std::vector<BidsFile>& files() const { return files_; }
  /// Those in the folders of a subject, "sub-01".
  std::vector<const BidsFile*> of_subject(const std::string& id) const;
  bool has(const std::string& file) const;  // in the root

  /// What the sidecars above a file say of it, whether or not the file itself is there; a nearer
  /// one overrides.
  /// errors  InputError if one of them is not JSON
  /// source  BIDS 1.9, "The Inheritance Principle"
  Sidecar sidecar(const std::string& folder, const BidsName& name) const;
  Sidecar sidecar(const BidsFile& file) const { return sidecar(file.folder, file.name); }
  /// The nearest file at or above `folder` with this suffix and extension whose entities `of` has;
  /// nullptr if there is none.
  const BidsFile* nearest(const std::string& folder,
                          const BidsEntities& of,
                          const std::string& suffix,
                          const std::string& extension) const;

 private:
  void look_into(const std::string& folder, std::set<std::string> above);

  std::string root_;
  std::vector<BidsFile> files_;
  std::map<std::string, std::vector<std::size_t>> in_folder_;
  mutable std::map<std::string, Sidecar> read_;
};

/// The fields of one JSON file.
/// errors  InputError with line and column if it is not a JSON mapping
Sidecar read_sidecar(const std::string& path);

/// The number of a field; nothing if it is absent.
/// errors  InputError if it is not a number, or two sidecars of one level disagree about it
std::optional<double> sidecar_number(const Sidecar& sidecar, const std::string& key);
/// The text of a field, "" if it is absent or none.
std::string sidecar_text(const Sidecar& sidecar, const std::string& key);

/// A mistake of one of the dataset's files as a whole.
[[noreturn]] void refuse_bids(const std::string& file,
                              const std::string& message,
                              const std::string& note = {});

/// Refuses a file whose content is not there: a link into an annex that was not fetched.
void refuse_absent_content(const std::string& path);

}  // namespace insula::dataset::detail
