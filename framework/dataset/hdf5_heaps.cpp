// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/hdf5_heaps.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/number_type.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kMostValues = 4096, kHeapHeader = 16, kHeapObject = 16, kMostBlocks = 1000,
                      kMostMessages = 100'000;
constexpr std::uint64_t kAttributeMessage = 0x0c, kContinuation = 0x10;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// The bytes [at, at + size) of the file, or as many as there are.
std::string_view part_of(std::string_view file, std::uint64_t at, std::uint64_t size) {
  return at > file.size() ? std::string_view() : file.substr(at, size);
}

std::uint64_t field(std::string_view bytes, std::size_t at, std::size_t size) {
  const std::string_view part = part_of(bytes, at, size);
  return part.size() < size ? 0 : little_endian(part);
}

[[noreturn]] void refuse_heap(const std::string& path) {
  refuse_array(
      path, "the HDF5 file is damaged: a heap of texts cannot be read", "copy or make it again");
}

struct Message {
  std::uint64_t type = 0;
  std::string_view content;
};

// An object's header: messages in its first block and in those that it continues in.
class HeaderReader {
 public:
  HeaderReader(std::string_view file, std::uint64_t address) : file_(file) {
    const std::string_view start = part_of(file, address, 64);
    is_second_ = start.substr(0, 4) == "OHDR";
    if (is_second_) {
      const std::uint64_t flags = field(start, 5, 1);
      has_order_ = (flags & 4) != 0;
      const std::size_t size_at =
          6 + ((flags & 0x20) != 0 ? 16U : 0U) + ((flags & 0x10) != 0 ? 4U : 0U);
      const std::size_t size_bytes = std::size_t{1} << (flags & 3);
      add_block(address + size_at + size_bytes, field(start, size_at, size_bytes));
    } else if (field(start, 0, 1) == 1) {
      add_block(address + 16, field(start, 8, 4));
    }
  }

  std::vector<Message> messages() {
    std::vector<Message> found;
    for (std::size_t read = 0; !blocks_.empty() && read < kMostBlocks; ++read) {
      const std::string_view block = blocks_.front();
      blocks_.pop_front();
      read_block(block, found);
    }
    return found;
  }

 private:
  void add_block(std::uint64_t at, std::uint64_t size) {
    blocks_.push_back(part_of(file_, at, size));
  }

  void read_block(std::string_view rest, std::vector<Message>& found) {
    const std::size_t head = is_second_ ? (has_order_ ? 6 : 4) : 8;
    while (rest.size() >= head && found.size() < kMostMessages) {
      const Message message{field(rest, 0, is_second_ ? 1 : 2),
                            part_of(rest, head, field(rest, is_second_ ? 1 : 2, 2))};
      rest.remove_prefix(head + message.content.size());
      found.push_back(message);
      if (message.type != kContinuation) continue;
      const std::uint64_t at = field(message.content, 0, 8), size = field(message.content, 8, 8);
      // The second version begins with a signature and ends with a checksum.
      if (is_second_ && size < 8) continue;
      add_block(is_second_ ? at + 4 : at, is_second_ ? size - 8 : size);
    }
  }

  std::string_view file_;
  bool is_second_ = false, has_order_ = false;
  std::deque<std::string_view> blocks_;
};

std::size_t padded(std::size_t size) { return (size + 7) / 8 * 8; }

// An attribute as its message has it.
// source  HDF5 File Format Specification 3.0, IV.A.2.m (attribute), .b (dataspace), .d (datatype)
struct AttributeParts {
  std::string name;
  std::string_view type, space, data;
};

std::optional<AttributeParts> parts_of(std::string_view message) {
  const std::uint64_t version = field(message, 0, 1), flags = field(message, 1, 1);
  const std::size_t sizes[] = {
      field(message, 2, 2), field(message, 4, 2), field(message, 6, 2)};  // name, type, space
  // A type or space that is kept elsewhere is of no kind that we read.
  if (version < 1 || version > 3 || (version > 1 && flags != 0)) return std::nullopt;
  std::string_view parts[3];
  std::size_t at = version == 3 ? 9 : 8;
  for (std::size_t p = 0; p < 3; ++p) {
    parts[p] = part_of(message, at, sizes[p]);
    if (parts[p].size() < sizes[p]) return std::nullopt;
    at += version == 1 ? padded(sizes[p]) : sizes[p];
  }
  if (at > message.size()) return std::nullopt;
  const std::string_view name = parts[0].substr(0, parts[0].find('\0'));
  return AttributeParts{std::string(name), parts[1], parts[2], message.substr(at)};
}

// How many values there are; 0 if the space is none, or very large.
std::size_t values_in(std::string_view space) {
  const std::uint64_t version = field(space, 0, 1), rank = field(space, 1, 1);
  const bool is_null = version == 2 && field(space, 3, 1) == 2;
  if (is_null || version < 1 || version > 2) return 0;
  std::size_t count = 1;
  for (std::uint64_t d = 0; d < rank; ++d) {
    const std::uint64_t extent = field(space, (version == 1 ? 8 : 4) + 8 * d, 8);
    if (extent == 0 || extent > kMostValues || count > kMostValues / extent) return 0;
    count *= extent;
  }
  return count;
}

// nullptr if the type is no usual one of numbers.
const NumberType* numbers_in(std::string_view type) {
  const std::uint64_t kind = field(type, 0, 1) & 15, bits = field(type, 1, 1),
                      size = field(type, 4, 4);
  if (kind > 1 || size > 8) return nullptr;
  const std::string letter = kind == 1 ? "f" : (bits & 8) != 0 ? "i" : "u";
  return number_type(letter + std::to_string(size), (bits & 1) != 0);
}

std::string without_end(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  return std::string(text.substr(0, text.find_last_not_of(' ') + 1));
}

}  // namespace

std::string Hdf5Heaps::text(std::string_view reference) {
  const std::uint64_t length = field(reference, 0, 4), at = field(reference, 4, 8);
  if (length == 0 || at == 0) return "";
  const Objects& heap = objects(at);
  const auto object = heap.find(field(reference, 12, 4));
  if (object == heap.end() || object->second.size() < length) refuse_heap(path_);
  const std::string_view text = object->second.substr(0, length);
  return std::string(text.substr(0, text.find('\0')));
}

void Hdf5Heaps::attributes(std::uint64_t address,
                           std::map<std::string, std::vector<std::string>>& texts,
                           std::map<std::string, std::vector<double>>& numbers) {
  constexpr std::uint64_t kString = 3, kVariable = 9;
  for (const Message& message : HeaderReader(file_, address).messages()) {
    if (message.type != kAttributeMessage) continue;
    const auto parts = parts_of(message.content);
    if (!parts) continue;
    const std::uint64_t kind = field(parts->type, 0, 1) & 15;
    const bool is_variable = kind == kVariable && (field(parts->type, 1, 1) & 15) == 1;
    const std::size_t count = values_in(parts->space),
                      size = is_variable ? kReferenceBytes : field(parts->type, 4, 4);
    if (count == 0 || size == 0 || size > parts->data.size() / count) continue;
    if (const NumberType* type = numbers_in(parts->type)) {
      std::vector<double> values(count);
      if (type->to_double(parts->data.data(), count, values.data(), 1) == count)
        numbers[parts->name] = std::move(values);
    } else if (is_variable || kind == kString) {
      std::vector<std::string>& values = texts[parts->name];
      values.clear();
      for (std::size_t i = 0; i < count; ++i) {
        const std::string_view value = parts->data.substr(i * size, size);
        values.push_back(is_variable ? text(value) : without_end(value));
      }
    }
  }
}

const Hdf5Heaps::Objects& Hdf5Heaps::objects(std::uint64_t at) {
  const auto known = heaps_.find(at);
  if (known != heaps_.end()) return known->second;
  const std::uint64_t size = field(part_of(file_, at, kHeapHeader), 8, 8);
  if (part_of(file_, at, 4) != "GCOL" || size < kHeapHeader || at > file_.size() ||
      size > file_.size() - at)
    refuse_heap(path_);
  std::string_view rest = file_.substr(at, size).substr(kHeapHeader);
  Objects& found = heaps_[at];
  while (rest.size() >= kHeapObject) {
    const std::uint64_t index = field(rest, 0, 2), length = field(rest, 8, 8);
    if (index == 0) break;  // the free space
    if (length > rest.size() - kHeapObject) refuse_heap(path_);
    found.emplace(index, rest.substr(kHeapObject, length));
    rest.remove_prefix(std::min(kHeapObject + padded(length), rest.size()));
  }
  return found;
}

}  // namespace insula::dataset::detail
