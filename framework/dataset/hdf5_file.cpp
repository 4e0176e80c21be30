// SPDX-License-Identifier: Apache-2.0
// libhdf5 says what is where; what datasets hold is read by us (see hdf5.cpp), and so are
// attributes and texts of variable length (hdf5_heaps.cpp).
#include "framework/dataset/detail/hdf5_file.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/hdf5_handle.h"
#include "framework/dataset/detail/hdf5_heaps.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kMostMembers = 100'000, kMostTexts = 50'000'000;

// Exceptions must not pass through libhdf5; 1 stops it.
herr_t note_member(hid_t, const char* name, const H5L_info_t*, void* data) noexcept {
  auto& names = *static_cast<std::vector<std::string>*>(data);
  names.emplace_back(name);
  return names.size() < kMostMembers ? 0 : 1;
}

std::string trimmed(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  return std::string(text.substr(0, text.find_last_not_of(' ') + 1));
}

Hdf5Object::Kind kind_of(hid_t dataset) {
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose);
  if (!type.is_open()) return Hdf5Object::Kind::other;
  switch (H5Tget_class(type)) {
    case H5T_STRING: return Hdf5Object::Kind::texts;
    case H5T_INTEGER:
    case H5T_FLOAT: return Hdf5Object::Kind::numbers;
    case H5T_ENUM:
      return H5Tget_nmembers(type) == 2 ? Hdf5Object::Kind::numbers : Hdf5Object::Kind::other;
    default: return Hdf5Object::Kind::other;
  }
}

std::vector<std::size_t> extent_of(hid_t dataset) {
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  if (!space.is_open() || H5Sget_simple_extent_type(space) == H5S_NULL) return {0};
  std::array<hsize_t, H5S_MAX_RANK> extent{};
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > H5S_MAX_RANK ||
      (rank > 0 && H5Sget_simple_extent_dims(space, extent.data(), nullptr) < 0))
    return {0};
  return {extent.begin(), extent.begin() + rank};
}

}  // namespace

struct Hdf5File::Open {
  Open(const std::string& name, PlainBytes content) : path(name), bytes(std::move(content)) {}
  ~Open() {
    const Hdf5Use use;
    file.close();
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  // A member of the file; not open if there is none such.
  Hdf5Handle object(const std::string& name) const {
    if (name.find_first_not_of('/') == std::string::npos)
      return opened(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, path, "its root");
    const Hdf5Link link = find_in_hdf5(file, path, name);
    if (!link.group.is_open()) return {};
    return opened(
        H5Oopen(link.group, link.name.c_str(), H5P_DEFAULT), H5Oclose, path, "'" + name + "'");
  }

  Hdf5Handle dataset(const std::string& name) const {
    Hdf5Handle found = object(name);
    if (!found.is_open() || H5Iget_type(found) != H5I_DATASET)
      refuse_array(path, "there is no dataset '" + name + "'");
    return found;
  }

  std::string path;
  PlainBytes bytes;
  Hdf5Handle file;
};

bool Hdf5Object::has(const std::string& member) const {
  return std::ranges::find(members, member) != members.end();
}

std::string Hdf5Object::text(const std::string& attribute) const {
  const auto it = texts.find(attribute);
  return it == texts.end() || it->second.size() != 1 ? "" : it->second.front();
}

std::optional<double> Hdf5Object::number(const std::string& attribute) const {
  const auto it = numbers.find(attribute);
  if (it == numbers.end() || it->second.size() != 1) return std::nullopt;
  return it->second.front();
}

Hdf5File::Hdf5File(const std::string& path) {
  auto made = std::make_shared<Open>(path, PlainBytes::of_file(path));
  {
    const Hdf5Use use;
    made->file = open_hdf5_file(path);
  }
  open_ = std::move(made);
}

const std::string& Hdf5File::path() const { return open_->path; }

std::optional<Hdf5Object> Hdf5File::find(const std::string& name) const {
  const Hdf5Use use;
  const std::string& path = open_->path;
  const Hdf5Handle object = open_->object(name);
  if (!object.is_open()) return std::nullopt;
  Hdf5Object found;
  H5O_info_t info{};
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) refuse_hdf5(path, "'" + name + "'");
  found.address = info.addr;
  Hdf5Heaps(open_->bytes.bytes, path).attributes(found.address, found.texts, found.numbers);
  if (H5Iget_type(object) == H5I_GROUP) {
    found.kind = Hdf5Object::Kind::group;
    hsize_t from = 0;  // in no order, as in hdf5_path.cpp
    if (H5Literate(object, H5_INDEX_NAME, H5_ITER_NATIVE, &from, note_member, &found.members) < 0)
      refuse_hdf5(path, "what is in '" + name + "'");
    std::ranges::sort(found.members);
  } else if (H5Iget_type(object) == H5I_DATASET) {
    found.kind = kind_of(object);
    found.shape = extent_of(object);
  }
  return found;
}

Array Hdf5File::numbers(const std::string& name) const {
  const Hdf5Use use;
  return hdf5_numbers(
      open_->dataset(name), {open_->path, "dataset '" + name + "'", "", 0, {}}, open_->bytes);
}

std::vector<std::string> Hdf5File::texts(const std::string& name) const {
  const Hdf5Use use;
  const Hdf5Handle dataset = open_->dataset(name);
  const ArrayFacts facts{open_->path, "dataset '" + name + "'", "", 0, {}};
  const std::vector<std::size_t> shape = extent_of(dataset);
  const std::optional<std::size_t> count = count_of(shape);
  if (!count || *count > kMostTexts) refuse_hdf5(facts.file, facts.what);
  if (*count == 0) return {};
  const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, facts.file, facts.what);
  const bool is_variable = H5Tis_variable_str(type) > 0;
  const std::size_t size = is_variable ? Hdf5Heaps::kReferenceBytes : H5Tget_size(type);
  std::size_t whole = 0;
  if (size == 0 || __builtin_mul_overflow(size, *count, &whole))
    refuse_hdf5(facts.file, facts.what);
  const Array array = hdf5_elements(dataset, facts, size, open_->bytes);
  std::vector<float> values(array.rows() * array.columns());
  if (values.size() != whole) refuse_hdf5(facts.file, facts.what);
  array.read_rows(0, array.rows(), std::span<float>(values));
  std::string bytes(whole, '\0');
  std::ranges::transform(values, bytes.begin(), [](float value) {
    return static_cast<char>(static_cast<unsigned char>(value));
  });
  Hdf5Heaps heaps(open_->bytes.bytes, open_->path);
  std::vector<std::string> texts;
  texts.reserve(*count);
  for (std::size_t i = 0; i < *count; ++i) {
    const std::string_view element = std::string_view(bytes).substr(i * size, size);
    texts.push_back(is_variable ? heaps.text(element) : trimmed(element));
  }
  return texts;
}

}  // namespace insula::dataset::detail
