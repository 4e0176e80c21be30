// SPDX-License-Identifier: Apache-2.0
// Paths in HDF5 files, walked link by link, so that nothing leads out of the file unseen.
#include <algorithm>
#include <deque>
#include <set>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/hdf5_handle.h"

namespace insula::dataset::detail {
namespace {

constexpr int kMostSoftLinks = 16;  // HDF5's own limit
constexpr std::size_t kLongestTarget = 1 << 16, kMostDatasetsListed = 1000;

// Exceptions must not pass through libhdf5.
herr_t note_dataset(hid_t, const char* name, const H5O_info_t* info, void* data) noexcept {
  auto& names = *static_cast<std::vector<std::string>*>(data);
  if (info->type == H5O_TYPE_DATASET) names.emplace_back(name);
  return names.size() < kMostDatasetsListed ? 0 : 1;  // 1: stop
}

bool holds_numbers(hid_t dataset) {
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose);
  if (!type.is_open()) return false;
  const H5T_class_t kind = H5Tget_class(type);
  return kind == H5T_INTEGER || kind == H5T_FLOAT ||
         (kind == H5T_ENUM && H5Tget_nmembers(type) == 2);
}

class Hdf5Walk {
 public:
  Hdf5Walk(hid_t file, const std::string& path, const std::string& name)
      : file_(file), path_(path), name_(name) {}

  Hdf5Link go() {
    Hdf5Handle group = root();
    add(name_, false);
    while (!steps_.empty()) {
      const std::string step = steps_.front();
      steps_.pop_front();
      H5L_info_t link{};
      if (H5Lget_info(group, step.c_str(), &link, H5P_DEFAULT) < 0) return {Hdf5Handle(), ""};
      if (link.type == H5L_TYPE_HARD) {
        if (steps_.empty()) return {std::move(group), step};
        group = next(group, step);
        if (!group.is_open()) return {Hdf5Handle(), ""};
      } else {
        follow(group, step, link);
        if (is_from_root_) group = root();
      }
    }
    return {Hdf5Handle(), ""};
  }

 private:
  Hdf5Handle root() {
    passed_.clear();
    return opened(H5Gopen2(file_, "/", H5P_DEFAULT), H5Gclose, path_, "its root");
  }

  void add(const std::string& way, bool in_front) {
    std::vector<std::string> parts(1);
    for (const char c : way) {
      if (c != '/') parts.back() += c;
      if (c == '/') parts.emplace_back();
    }
    std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
    steps_.insert(in_front ? steps_.begin() : steps_.end(), parts.begin(), parts.end());
  }

  [[noreturn]] void refuse_circle() const {
    refuse_array(path_,
                 "the path '" + name_ + "' leads around in circles",
                 "name the dataset by the shortest path to it (h5ls -r lists them)");
  }

  Hdf5Handle next(hid_t group, const std::string& step) {
    H5O_info_t info{};
    const Hdf5Handle object =
        opened(H5Oopen(group, step.c_str(), H5P_DEFAULT), H5Oclose, path_, "'" + step + "'");
    if (H5Iget_type(object) != H5I_GROUP) return {};
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) refuse_hdf5(path_, "'" + step + "'");
    if (!passed_.insert(info.addr).second) refuse_circle();
    return opened(H5Gopen2(group, step.c_str(), H5P_DEFAULT), H5Gclose, path_, "'" + step + "'");
  }

  void follow(hid_t group, const std::string& step, const H5L_info_t& link) {
    std::string target(std::min<std::size_t>(link.u.val_size, kLongestTarget), '\0');
    if (H5Lget_val(group, step.c_str(), target.data(), target.size(), H5P_DEFAULT) < 0) {
      refuse_hdf5(path_, "the link '" + step + "'");
    }
    if (link.type != H5L_TYPE_SOFT) refuse_external(step, link, target);
    if (++soft_links_ > kMostSoftLinks) refuse_circle();
    target.resize(std::min(target.find('\0'), target.size()));
    is_from_root_ = target.starts_with('/');
    add(target, true);
  }

  [[noreturn]] void refuse_external(const std::string& step,
                                    const H5L_info_t& link,
                                    const std::string& target) const {
    const char *other = nullptr, *inside = nullptr;
    const bool is_known =
        link.type == H5L_TYPE_EXTERNAL &&
        H5Lunpack_elink_val(target.data(), target.size(), nullptr, &other, &inside) >= 0;
    refuse_array(path_,
                 "'" + step + "' on the path '" + name_ + "' is a link out of the file" +
                     (is_known ? std::string(", to '") + inside + "' in '" + other + "'" : ""),
                 "name that file instead; what is linked is not followed, so that the hash of a "
                 "file tells its content");
  }

  hid_t file_;
  const std::string& path_;
  const std::string& name_;
  std::deque<std::string> steps_;
  std::set<haddr_t> passed_;  // groups since the root or the last soft link
  int soft_links_ = 0;
  bool is_from_root_ = false;
};

}  // namespace

void refuse_hdf5(const std::string& file, const std::string& what) {
  refuse_array(
      file, "the HDF5 file is damaged: " + what + " cannot be read", "copy or make it again");
}

Hdf5Handle opened(hid_t id, Hdf5Close close, const std::string& file, const std::string& what) {
  if (id < 0) refuse_hdf5(file, what);
  return {id, close};
}

std::vector<std::string> dataset_names(hid_t file, const std::string& path) {
  std::vector<std::string> names;
  // In no order: libhdf5 1.10 frees what it never set when sorting a damaged group fails.
  if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, note_dataset, &names, H5O_INFO_BASIC) < 0) {
    refuse_hdf5(path, "its list of datasets");
  }
  std::erase_if(names, [&](const std::string& name) {
    const Hdf5Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    return !dataset.is_open() || !holds_numbers(dataset);
  });
  std::ranges::sort(names);
  return names;
}

Hdf5Link find_in_hdf5(hid_t file, const std::string& path, const std::string& name) {
  return Hdf5Walk(file, path, name).go();
}

}  // namespace insula::dataset::detail
