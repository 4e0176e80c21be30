// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/matlab_walk.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "framework/base/error.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kWalkTag = 8;
constexpr std::uint32_t kWalkMatrix = 14;
constexpr int kDeepestWalk = 64;  // deeper than what is read

// Bytes one after the other, as they are or unpacked on the way.
class MatStream {
 public:
  MatStream(std::string_view bytes, bool is_packed) : plain_(bytes), is_packed_(is_packed) {
    if (!is_packed) return;
    if (inflateInit(&stream_) != Z_OK) throw InternalError("zlib does not start");
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
  }
  MatStream(const MatStream&) = delete;
  MatStream& operator=(const MatStream&) = delete;
  ~MatStream() {
    if (is_packed_) inflateEnd(&stream_);
  }

  /// Up to `count` bytes, fewer at the end; `out` may be null.
  std::size_t take(char* out, std::size_t count) {
    std::size_t taken = 0;
    while (taken < count && refill()) {
      const std::size_t part = std::min(count - taken, plain_.size());
      if (out != nullptr) std::memcpy(out + taken, plain_.data(), part);
      plain_.remove_prefix(part);
      taken += part;
    }
    total_ += taken;
    return taken;
  }
  std::size_t total() const { return total_; }
  /// To the end: does it come as it should?
  bool ends_well() {
    while (take(nullptr, part_.size()) > 0) {
    }
    return !is_packed_ || status_ == Z_STREAM_END;
  }

 private:
  // Is there a byte to take?
  bool refill() {
    if (!plain_.empty() && !(is_packed_ && is_first_)) return true;
    if (!is_packed_) return false;
    is_first_ = false;
    plain_ = {};
    while (plain_.empty() && status_ == Z_OK) {
      stream_.next_out = reinterpret_cast<Bytef*>(part_.data());
      stream_.avail_out = static_cast<uInt>(part_.size());
      status_ = inflate(&stream_, Z_NO_FLUSH);
      if (status_ == Z_OK || status_ == Z_STREAM_END)
        plain_ = {part_.data(), part_.size() - stream_.avail_out};
    }
    return !plain_.empty();
  }

  std::string_view plain_;
  bool is_packed_, is_first_ = true;
  z_stream stream_{};
  int status_ = Z_OK;
  std::array<char, 1 << 16> part_{};
  std::size_t total_ = 0;
};

struct Element {
  std::uint32_t type = 0;
  std::size_t size = 0;
  std::array<char, 8> head{};  // the first bytes of its data
};

class Walker {
 public:
  Walker(MatStream& stream, bool is_swapped) : stream_(stream), is_swapped_(is_swapped) {}

  // A matrix with its tag.
  bool whole_variable() {
    std::size_t left = static_cast<std::size_t>(-1);
    Element matrix;
    return tag(left, matrix) && matrix.type == kWalkMatrix && inside(matrix.size, 0);
  }
  // What follows the tag. False if something in it cannot be.
  bool inside(std::size_t size, int depth) {
    if (size == 0) return true;
    if (depth > kDeepestWalk) return false;
    std::size_t left = size;
    Element flags, name;
    if (!element(left, flags) || flags.size != 8) return false;
    std::size_t count = 0;
    if (!extents(left, count) || !element(left, name)) return false;
    const std::uint32_t kind = word(flags.head.data()) & 0xffU;
    if (!contents(kind, count, left, depth)) return false;
    return skip(left, left);
  }

 private:
  std::uint32_t word(const char* at) const {
    std::uint32_t w = 0;
    std::memcpy(&w, at, sizeof w);
    if (!is_swapped_) return w;
    return (w >> 24) | ((w >> 8) & 0xff00U) | ((w << 8) & 0xff0000U) | (w << 24);
  }
  bool take(std::size_t& left, char* out, std::size_t count) {
    if (count > left || stream_.take(out, count) != count) return false;
    left -= count;
    return true;
  }
  bool skip(std::size_t& left, std::size_t count) { return take(left, nullptr, count); }

  // Type and size; of a small element its data too.
  bool tag(std::size_t& left, Element& e) {
    std::array<char, kWalkTag> bytes{};
    if (!take(left, bytes.data(), bytes.size())) return false;
    const std::uint32_t first = word(bytes.data());
    const bool is_small = first >> 16 != 0;
    e.type = is_small ? first & 0xffffU : first;
    e.size = is_small ? first >> 16 : word(bytes.data() + 4);
    is_in_tag_ = is_small;
    if (is_small) std::memcpy(e.head.data(), bytes.data() + 4, 4);
    return !is_small || e.size <= 4;
  }
  // With its data, of which the first bytes are kept.
  bool element(std::size_t& left, Element& e) {
    if (!tag(left, e)) return false;
    if (is_in_tag_) return true;
    const std::size_t kept = std::min(e.size, e.head.size());
    if (!take(left, e.head.data(), kept) || !skip(left, e.size - kept)) return false;
    const std::size_t padding = (8 - e.size % 8) % 8;
    return skip(left, std::min(padding, left));
  }
  bool extents(std::size_t& left, std::size_t& count) {
    Element e;
    if (!tag(left, e)) return false;
    if (is_in_tag_ || e.size % 4 != 0 || e.size == 0 || e.size > left) return false;
    count = 1;
    for (std::size_t k = 0; k < e.size / 4; ++k) {
      std::array<char, 4> bytes{};
      if (!take(left, bytes.data(), bytes.size())) return false;
      const std::size_t extent = word(bytes.data());
      if (extent != 0 && count > static_cast<std::size_t>(-1) / extent) return false;
      count *= extent;
    }
    return e.size % 8 == 0 || skip(left, 4);
  }
  bool contents(std::uint32_t kind, std::size_t count, std::size_t& left, int depth) {
    constexpr std::uint32_t kCell = 1, kStructure = 2, kObject = 3, kSparse = 5, kLastNumber = 15;
    if (kind == kCell) return items(count, left, depth);
    if (kind == kStructure || kind == kObject) {
      Element part;
      if (kind == kObject && !element(left, part)) return false;  // its class
      if (!element(left, part)) return false;
      const std::size_t length = part.size == 0 ? 0 : word(part.head.data());
      if (!element(left, part)) return false;
      const std::size_t fields = length == 0 ? 0 : part.size / length;
      if (fields == 0) return part.size == 0;
      return count <= left / fields && items(count * fields, left, depth);
    }
    if (kind == kSparse || kind > kLastNumber) return true;
    Element data;
    if (count == 0) return true;
    return element(left, data) && count <= data.size;
  }
  // One after the other; each has a tag.
  bool items(std::size_t count, std::size_t& left, int depth) {
    if (count > left / kWalkTag) return false;
    for (std::size_t k = 0; k < count; ++k) {
      Element item;
      if (!tag(left, item) || is_in_tag_ || item.type != kWalkMatrix || item.size > left)
        return false;
      if (!inside(item.size, depth + 1)) return false;
      left -= item.size;
    }
    return true;
  }

  MatStream& stream_;
  bool is_swapped_;
  bool is_in_tag_ = false;  // of the element whose tag was read last
};

}  // namespace

std::optional<MatWalk> walk_variable(std::string_view bytes, bool is_packed, bool is_swapped) {
  MatStream stream(bytes, is_packed);
  Walker walker(stream, is_swapped);
  MatWalk walk;
  walk.is_credible = is_packed ? walker.whole_variable() : walker.inside(bytes.size(), 0);
  if (!stream.ends_well()) return std::nullopt;
  walk.bytes = stream.total();
  return walk;
}

}  // namespace insula::dataset::detail
