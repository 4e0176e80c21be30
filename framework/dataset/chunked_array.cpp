// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/chunked_array.h"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "framework/base/error.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kBytesKept = 64 << 20, kPage = 4096;
constexpr std::size_t kChecksumBytes = 4;

// zlib's format into exactly `size` bytes; false if it holds fewer or more.
bool inflate_exactly(std::string_view packed, std::string& out, std::size_t size) {
  out.resize(size);
  uLongf unpacked = size;
  uLong used = packed.size();
  return uncompress2(reinterpret_cast<Bytef*>(out.data()),
                     &unpacked,
                     reinterpret_cast<const Bytef*>(packed.data()),
                     &used) == Z_OK &&
         unpacked == size;
}

// The first bytes of all numbers come first, then the second bytes, …
std::string unshuffled(std::string_view bytes, std::size_t width) {
  std::string out(bytes);
  const std::size_t count = bytes.size() / width;
  for (std::size_t b = 0; b < width; ++b) {
    for (std::size_t i = 0; i < count; ++i) out[i * width + b] = bytes[b * count + i];
  }
  return out;
}

std::uint32_t stored_checksum(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = kChecksumBytes; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

class ChunkedArray : public ArraySource {
 public:
  ChunkedArray(ArrayFacts facts, const NumberType& type, ChunkTable table, PlainBytes bytes)
      : ArraySource(std::move(facts)),
        type_(type),
        table_(std::move(table)),
        bytes_(std::move(bytes)),
        shape_(this->facts().shape) {
    // A vector is a matrix of one column.
    if (shape_.size() == 1) {
      shape_.push_back(1);
      table_.chunk.push_back(1);
    }
    grid_ = chunk_grid(shape_, table_.chunk);
    chunk_bytes_ = type.size;
    for (const std::size_t extent : table_.chunk) chunk_bytes_ *= extent;
    for (std::size_t d = 1; d < shape_.size(); ++d) {
      has_whole_rows_ &= table_.chunk[d] == shape_[d];
      columns_ *= shape_[d];
      across_ *= grid_[d];
    }
  }

  void read(std::size_t first, std::size_t last, double* out) const override {
    read_as(first, last, out, type_.to_double);
  }
  void read(std::size_t first, std::size_t last, float* out) const override {
    read_as(first, last, out, type_.to_float);
  }

 private:
  template <typename Out>
  using Convert = std::size_t (*)(const char*, std::size_t, Out*, std::size_t);

  template <typename Out>
  void read_as(std::size_t first, std::size_t last, Out* out, Convert<Out> convert) const {
    if (first == last) return;
    const std::lock_guard lock(mutex_);
    const std::size_t high = table_.chunk[0];
    for (std::size_t row = first / high; row <= (last - 1) / high; ++row) {
      for (std::size_t i = 0; i < across_; ++i) {
        const std::size_t begin = std::max(first, row * high),
                          end = std::min(last, row * high + high);
        Out* const origin = out - first * columns_;
        const std::size_t chunk = row * across_ + i;
        if (!read_rows_into(chunk, begin, end, origin))
          copy_rows(chunk, begin, end, origin, convert);
      }
    }
  }

  // The same as copy_rows for a chunk whose rows lie in the file as they are wanted; false for
  // others.
  template <typename Out>
  bool read_rows_into(std::size_t chunk, std::size_t begin, std::size_t end, Out* out) const {
    const ChunkPlace& place = table_.places[chunk];
    const std::size_t bytes = columns_ * type_.size, before = begin % table_.chunk[0] * bytes;
    return has_whole_rows_ && type_.lies_as(out) && table_.filters.empty() && place.is_written &&
           place.size == chunk_bytes_ &&
           bytes_.read_into(place.at + before,
                            (end - begin) * bytes,
                            reinterpret_cast<char*>(out + begin * columns_));
  }

  // The rows [begin, end), all of this chunk, to where they are in the whole array at `out`.
  template <typename Out>
  void copy_rows(
      std::size_t chunk, std::size_t begin, std::size_t end, Out* out, Convert<Out> convert) const {
    const std::string_view numbers = unpacked(chunk, end - begin == table_.chunk[0]);
    const std::vector<std::size_t> corner = corner_of(chunk);
    const std::size_t last = shape_.size() - 1;
    const std::size_t run = std::min(table_.chunk[last], shape_[last] - corner[last]);
    // Of a row: a line for each choice of the indices between the first and the last.
    std::size_t lines = 1;
    for (std::size_t d = 1; d < last; ++d) lines *= table_.chunk[d];
    for (std::size_t row = begin; row < end; ++row) {
      for (std::size_t line = 0; line < lines; ++line) {
        const std::size_t column = column_of(line, corner);
        if (column == columns_) continue;  // beyond the array
        const std::size_t from = ((row - corner[0]) * lines + line) * table_.chunk[last];
        const char* source = numbers.data() + from * type_.size;
        const std::size_t held = convert(source, run, out + row * columns_ + column, 1);
        if (held < run)
          refuse_number(facts(), type_, source + held * type_.size, row, column + held);
      }
    }
  }

  std::vector<std::size_t> corner_of(std::size_t chunk) const {
    std::vector<std::size_t> corner(shape_.size());
    for (std::size_t d = shape_.size(); d-- > 0;) {
      corner[d] = chunk % grid_[d] * table_.chunk[d];
      chunk /= grid_[d];
    }
    return corner;
  }

  // The column where a line of a chunk begins; columns_ if the line is beyond the array.
  std::size_t column_of(std::size_t line, const std::vector<std::size_t>& corner) const {
    const std::size_t last = shape_.size() - 1;
    std::size_t column = corner[last], weight = shape_[last];
    for (std::size_t d = last; d-- > 1;) {
      const std::size_t index = corner[d] + line % table_.chunk[d];
      if (index >= shape_[d]) return columns_;
      line /= table_.chunk[d];
      column += index * weight;
      weight *= shape_[d];
    }
    return column;
  }

  // `is_whole` if all of its rows are wanted.
  std::string_view unpacked(std::size_t chunk, bool is_whole) const {
    const auto known = kept_.find(chunk);
    if (known != kept_.end()) return known->second;
    const ChunkPlace& place = table_.places[chunk];
    if ((kept_.size() + 1) * chunk_bytes_ > kBytesKept) kept_.clear();
    if (place.is_written && table_.filters.empty()) {
      if (place.size != chunk_bytes_) refuse_chunk(chunk);
      if (is_whole) return bytes_.view(place.at, place.size, scratch_);
      // Few of its rows are looked at, where they are mapped: a page or so.
      bytes_.view(place.at, std::min(place.size, kPage), scratch_);
      return bytes_.bytes.substr(place.at, place.size);
    }
    return kept_[chunk] = place.is_written ? unpack(chunk, place) : filled();
  }

  std::string filled() const {
    std::string numbers;
    numbers.reserve(chunk_bytes_);
    while (numbers.size() < chunk_bytes_) numbers += table_.fill;
    return numbers;
  }

  std::string unpack(std::size_t chunk, const ChunkPlace& place) const {
    std::string content;
    const std::string_view view = bytes_.view(place.at, place.size, content);
    if (view.data() != content.data()) content = view;
    for (std::size_t i = table_.filters.size(); i-- > 0;) {
      if (is_used(i, place)) undo(i, chunk, place, content);
    }
    if (content.size() != chunk_bytes_) refuse_chunk(chunk);
    return content;
  }

  static bool is_used(std::size_t filter, const ChunkPlace& place) {
    return filter >= 32 || (place.skipped >> filter & 1U) == 0;
  }

  void undo(std::size_t i, std::size_t chunk, const ChunkPlace& place, std::string& content) const {
    switch (table_.filters[i]) {
      case ChunkFilter::deflate: {
        std::size_t size = chunk_bytes_;  // and the checksums that were added before
        for (std::size_t before = 0; before < i; ++before) {
          const bool has_sum = table_.filters[before] == ChunkFilter::fletcher32;
          if (has_sum && is_used(before, place)) size += kChecksumBytes;
        }
        std::string out;
        if (!inflate_exactly(content, out, size)) refuse_chunk(chunk);
        content = std::move(out);
        return;
      }
      case ChunkFilter::shuffle:
        content = unshuffled(content, table_.shuffled > 0 ? table_.shuffled : type_.size);
        return;
      case ChunkFilter::fletcher32: {
        if (content.size() < kChecksumBytes) refuse_chunk(chunk);
        const std::size_t size = content.size() - kChecksumBytes;
        const std::uint32_t sum = fletcher32(std::string_view(content).substr(0, size));
        // Old versions wrote the bytes of each half the other way round.
        const std::uint32_t turned = (sum & 0x00ff00ffU) << 8 | (sum >> 8 & 0x00ff00ffU);
        const std::uint32_t stored = stored_checksum(std::string_view(content).substr(size));
        if (stored != sum && stored != turned) refuse_chunk(chunk);
        content.resize(size);
        return;
      }
    }
  }

  [[noreturn]] void refuse_chunk(std::size_t chunk) const {
    const std::vector<std::size_t> corner = corner_of(chunk);
    const std::size_t end = std::min(corner[0] + table_.chunk[0], shape_[0]);
    refuse_array(facts().file,
                 "the file is damaged: rows " + std::to_string(corner[0]) + " to " +
                     std::to_string(end - 1) + " (counted from 0) of " + facts().what +
                     " cannot be unpacked",
                 "copy or make it again");
  }

  const NumberType& type_;
  ChunkTable table_;
  PlainBytes bytes_;
  std::vector<std::size_t> shape_, grid_;
  std::size_t columns_ = 1, across_ = 1, chunk_bytes_ = 0;
  bool has_whole_rows_ = true;  // in each chunk
  mutable std::mutex mutex_;
  mutable std::map<std::size_t, std::string> kept_;  // chunks unpacked last
  mutable std::string scratch_;                      // a chunk that is not packed
};

}  // namespace

std::uint32_t fletcher32(std::string_view bytes) {
  std::uint64_t low = 0, high = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const unsigned second = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0;
    low += static_cast<std::uint64_t>(first) << 8 | second;
    high += low;
    // Folded as often as keeps both below 2^32: the result is a residue of 65535 either way.
    if (i % 512 == 510) {
      low = (low & 0xffff) + (low >> 16);
      high = (high & 0xffff) + (high >> 16);
    }
  }
  for (int fold = 0; fold < 4; ++fold) {
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
  }
  return static_cast<std::uint32_t>(high << 16 | low);
}

std::vector<std::size_t> chunk_grid(const std::vector<std::size_t>& shape,
                                    const std::vector<std::size_t>& chunk) {
  std::vector<std::size_t> grid;
  for (std::size_t d = 0; d < shape.size(); ++d) grid.push_back((shape[d] - 1) / chunk[d] + 1);
  return grid;
}

Array chunked_array(ArrayFacts facts, const NumberType& type, ChunkTable table, PlainBytes bytes) {
  return Array(std::make_shared<const ChunkedArray>(
      std::move(facts), type, std::move(table), std::move(bytes)));
}

}  // namespace insula::dataset::detail
