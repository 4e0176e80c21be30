// SPDX-License-Identifier: Apache-2.0
// safetensors: eight bytes with the length of the header, a header in JSON, numbers.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/flat_array.h"

namespace insula::dataset::detail {
namespace {

using nlohmann::json;

// The limit of the format's own reader (MAX_HEADER_SIZE).
constexpr std::size_t kLongestTensorHeader = 100'000'000;
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kDeepest = 3;  // {name: {"shape": [number]}}
// Of a file with holes, overlaps or a wrong end.
constexpr const char* kWriteAgain = "copy the file again, or write it again with safetensors";

struct Tensor {
  std::string name, type;
  std::vector<std::size_t> shape;
  std::size_t begin = 0, end = 0;  // from the end of the header
};

struct TensorType {
  std::string_view name;    // safetensors'
  std::string_view number;  // ours; "" if we do not read it
  std::size_t bits;
};
constexpr TensorType kTensorTypes[] = {
    {"F64", "f8", 64},  {"F32", "f4", 32},  {"F16", "f2", 16},  {"BF16", "bf16", 16},
    {"I64", "i8", 64},  {"I32", "i4", 32},  {"I16", "i2", 16},  {"I8", "i1", 8},
    {"U64", "u8", 64},  {"U32", "u4", 32},  {"U16", "u2", 16},  {"U8", "u1", 8},
    {"BOOL", "b1", 8},  {"F8_E5M2", "", 8}, {"F8_E4M3", "", 8}, {"F8_E8M0", "", 8},
    {"F6_E2M3", "", 6}, {"F6_E3M2", "", 6}, {"F4", "", 4},      {"C64", "", 64},
};

const TensorType* tensor_type(const std::string& name) {
  for (const TensorType& type : kTensorTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

class TensorHeader {
 public:
  TensorHeader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  /// The tensors in the order in which they lie.
  std::vector<Tensor> read() {
    const json header = parse(header_text());
    if (!header.is_object()) fail("is no mapping of names to tensors");
    std::vector<Tensor> tensors;
    for (const auto& [name, entry] : header.items()) {
      if (name != "__metadata__") {
        tensors.push_back(tensor(name, entry));
      } else if (entry.is_object() && entry.contains("row_names")) {
        row_names_ = names_in(entry["row_names"]);
      }
    }
    std::ranges::stable_sort(tensors, [](const Tensor& a, const Tensor& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    check_places(tensors);
    return tensors;
  }
  std::size_t data_at() const { return data_at_; }
  /// As the metadata give them; they may be of other tensors than the one that is asked for.
  const std::vector<std::string>& row_names() const { return row_names_; }

 private:
  [[noreturn]] void refuse(const std::string& why, const std::string& note = kWriteAgain) const {
    refuse_array(file_, why, note);
  }
  [[noreturn]] void fail(const std::string& why) const {
    refuse("the header of the safetensors file " + why);
  }

  std::string_view header_text() {
    if (bytes_.size() < kLengthBytes) refuse("the file ends in the length of its header");
    std::uint64_t length = 0;
    for (std::size_t i = kLengthBytes; i-- > 0;) {
      length = length << 8 | static_cast<unsigned char>(bytes_[i]);
    }
    const std::size_t held = bytes_.size() - kLengthBytes;
    if (length > held) {
      refuse("the header is said to have " + std::to_string(length) + " bytes, but only " +
                 std::to_string(held) + " follow",
             "either this is no safetensors file or it was cut off: copy or write it again");
    }
    if (length > kLongestTensorHeader) {
      refuse("the header has " + std::to_string(length) + " bytes, expected at most " +
             std::to_string(kLongestTensorHeader));
    }
    data_at_ = kLengthBytes + length;
    return bytes_.substr(kLengthBytes, length);
  }

  // A key that stands twice would hide a tensor, so the parser is asked for each.
  json parse(std::string_view text) const {
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int depth, json::parse_event_t event, json& value) {
      const auto level = static_cast<std::size_t>(depth);
      if (level > kDeepest) fail("is nested too deeply");
      if (event == json::parse_event_t::object_start) {
        keys.resize(level + 1);
        keys.emplace_back();
      } else if (event == json::parse_event_t::key) {
        const std::string key = value.get<std::string>();
        if (level >= keys.size() || !keys[level].insert(key).second) {
          fail("has the key '" + key + "' twice");
        }
      }
      return true;
    };
    const json header = json::parse(text, watch, false);
    if (header.is_discarded()) fail("is not written in JSON");
    return header;
  }

  // Metadata are texts: this one holds a list in JSON. Whatever else it holds is not ours.
  std::vector<std::string> names_in(const json& text) const {
    if (!text.is_string()) return {};
    const auto is_shallow = [](int depth, json::parse_event_t, json&) { return depth <= 1; };
    const json list = json::parse(text.get<std::string>(), is_shallow, false);
    if (!list.is_array()) return {};
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const json& item : list) {
      if (!item.is_string()) return {};
      names.push_back(item.get<std::string>());
      if (!seen.insert(names.back()).second) {
        refuse("two rows are named '" + names.back() + "' in 'row_names' of the metadata",
               "name them apart: no two stimuli may have one name");
      }
    }
    return names;
  }

  std::vector<std::size_t> numbers(const std::string& name, const json& list) const {
    std::vector<std::size_t> result;
    for (const json& item : list) {
      if (!item.is_number_unsigned()) fail("has a wrong size or place of tensor '" + name + "'");
      result.push_back(item.get<std::size_t>());
    }
    return result;
  }

  Tensor tensor(const std::string& name, const json& entry) const {
    const bool is_right = entry.is_object() && entry.size() == 3 && entry.contains("dtype") &&
                          entry["dtype"].is_string() && entry.contains("shape") &&
                          entry["shape"].is_array() && entry.contains("data_offsets") &&
                          entry["data_offsets"].is_array() && entry["data_offsets"].size() == 2;
    if (!is_right) {
      fail("does not give tensor '" + name + "' a dtype, a shape and two data_offsets");
    }
    Tensor result{name, entry["dtype"].get<std::string>(), numbers(name, entry["shape"]), 0, 0};
    const std::vector<std::size_t> places = numbers(name, entry["data_offsets"]);
    result.begin = places[0];
    result.end = places[1];
    check_size(result);
    return result;
  }

  void check_size(const Tensor& tensor) const {
    const std::string title = "tensor '" + tensor.name + "'";
    if (tensor.begin > tensor.end) {
      refuse(title + " ends before it begins: " + places(tensor));
    }
    if (tensor.end > bytes_.size() - data_at_) {
      refuse("the file is shorter than its header says: " + title + " takes " + places(tensor) +
             " of the numbers, got " + std::to_string(bytes_.size() - data_at_) + " bytes");
    }
    const TensorType* type = tensor_type(tensor.type);
    if (type == nullptr) return;  // told if it is asked for
    const std::optional<std::size_t> count = count_of(tensor.shape);
    std::size_t bits = 0;
    if (!count || __builtin_mul_overflow(*count, type->bits, &bits) || bits % 8 != 0 ||
        bits / 8 != tensor.end - tensor.begin) {
      refuse(title + " is " + shape_text(tensor.shape) + " of " + tensor.type + ", but takes " +
             std::to_string(tensor.end - tensor.begin) + " bytes");
    }
  }

  static std::string places(const Tensor& tensor) {
    return "bytes " + std::to_string(tensor.begin) + " to " + std::to_string(tensor.end);
  }

  // Tensors fill the file one after the other: no byte is shared and none is left over.
  void check_places(const std::vector<Tensor>& tensors) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const Tensor& tensor = tensors[i];
      if (tensor.begin < at) {
        refuse("tensors '" + tensors[i - 1].name + "' and '" + tensor.name +
               "' overlap: " + places(tensors[i - 1]) + " and " + places(tensor));
      }
      if (tensor.begin > at) refuse_hole(at, tensor.begin);
      at = tensor.end;
    }
    if (at < bytes_.size() - data_at_) refuse_hole(at, bytes_.size() - data_at_);
  }

  [[noreturn]] void refuse_hole(std::size_t from, std::size_t to) const {
    refuse("bytes " + std::to_string(from) + " to " + std::to_string(to) +
           " of the numbers belong to no tensor");
  }

  std::string_view bytes_;
  const std::string& file_;
  std::size_t data_at_ = 0;
  std::vector<std::string> row_names_;
};

}  // namespace

Array open_safetensors(const PlainBytes& bytes, const std::string& file, const std::string& name) {
  TensorHeader header(bytes.bytes, file);
  const std::vector<Tensor> tensors = header.read();
  std::vector<std::string> names;
  for (const Tensor& tensor : tensors) names.push_back(tensor.name);
  const Tensor& tensor = tensors[chosen_array(names, name, "tensor", file)];
  const TensorType* type = tensor_type(tensor.type);
  if (type == nullptr || type->number.empty()) {
    refuse_array(file,
                 "tensor '" + tensor.name + "' holds '" + tensor.type +
                     "', expected F64, F32, F16, BF16, I8 to I64, U8 to U64 or BOOL",
                 "in PyTorch: tensor.to(torch.float32)");
  }
  const NumberType* number = number_type(type->number);
  ArrayFacts facts{file, "tensor '" + tensor.name + "'", tensor.type, number->size, tensor.shape};
  refuse_empty(facts);
  const bool names_these = !tensor.shape.empty() && header.row_names().size() == tensor.shape[0];
  if (names_these) facts.row_names = header.row_names();
  return flat_array(
      std::move(facts), *number, false, source_of(bytes), header.data_at() + tensor.begin);
}

}  // namespace insula::dataset::detail
