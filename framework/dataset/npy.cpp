// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/npy.h"

#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/flat_array.h"
#include "framework/dataset/detail/number_type.h"

namespace insula::dataset {
namespace {

using detail::ByteSource;
using detail::NpyTitles;
using detail::NumberType;

// NumPy writes less than 200 characters for plain numbers, and itself reads no more than 10,000.
constexpr std::size_t kLongestHeader = 1 << 16;

struct NpyHeader {
  std::string type;  // NumPy's descr, e.g. "<f8"
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

// Reads the Python dictionary literal of the header: three known keys, each once.
class NpyHeaderReader {
 public:
  NpyHeaderReader(std::string_view text, const NpyTitles& titles) : text_(text), titles_(titles) {}

  NpyHeader read() {
    NpyHeader header;
    bool has_type = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      bool& has = key == "descr" ? has_type : key == "fortran_order" ? has_order : has_shape;
      if (has) fail();
      has = true;
      if (key == "descr") {
        if (peek() == '[') {
          detail::refuse_array(titles_.file,
                               titles_.what + " has named fields, expected plain numbers");
        }
        header.type = quoted();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else if (key == "shape") {
        header.shape = shape();
      } else {
        fail();
      }
      if (!accept(',') && peek() != '}') fail();
    }
    if (!has_type || !has_order || !has_shape || peek() != '\0') fail();
    return header;
  }

 private:
  [[noreturn]] void fail() const {
    detail::refuse_array(titles_.file, "the header of " + titles_.what + " cannot be read");
  }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail();
    const std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    peek();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail();
  }
  std::vector<std::size_t> shape() {
    std::vector<std::size_t> sizes;
    expect('(');
    while (!accept(')')) {
      peek();
      std::size_t size = 0;
      const auto [end, error] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (error != std::errc()) fail();
      at_ = static_cast<std::size_t>(end - text_.data());
      sizes.push_back(size);
      if (!accept(',') && peek() != ')') fail();
    }
    return sizes;
  }

  std::string_view text_;
  const NpyTitles& titles_;
  std::size_t at_ = 0;
};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

// The text of the header and where the numbers begin.
std::pair<std::string, std::size_t> npy_header(const ByteSource& bytes, const NpyTitles& titles) {
  std::string scratch;
  const auto part = [&](std::size_t at, std::size_t count) {
    if (bytes.size() < at + count) {
      detail::refuse_array(titles.file, titles.body + " ends in the header of " + titles.what);
    }
    return bytes.view(at, count, scratch);
  };
  if (bytes.size() < 6 || bytes.view(0, 6, scratch) != "\x93NUMPY")
    detail::refuse_array(titles.file, titles.body + " does not start as a NumPy array does");
  const int version = static_cast<unsigned char>(part(0, 8)[6]);
  if (version < 1 || version > 3) {
    detail::refuse_array(
        titles.file,
        titles.what + " has format version " + std::to_string(version) + ", expected 1, 2 or 3");
  }
  const std::size_t width = version == 1 ? 2 : 4;
  const std::size_t length = little_endian(part(8, width));
  if (length > kLongestHeader && bytes.size() >= 8 + width + length) {
    detail::refuse_array(titles.file,
                         "the header of " + titles.what + " has " + std::to_string(length) +
                             " bytes, expected at most " + std::to_string(kLongestHeader));
  }
  return {std::string(part(8 + width, length)), 8 + width + length};
}

const NumberType& npy_type(const std::string& name, const NpyTitles& titles) {
  const char order = name.empty() ? ' ' : name[0];
  if (order == '<' || order == '>' || order == '|') {
    const NumberType* type = detail::number_type(name.substr(1), order == '>');
    // bfloat16 is none of NumPy's; one byte has no order, more have one.
    if (type != nullptr && type->name != "bf16" && (order != '|' || type->size == 1)) return *type;
  }
  detail::refuse_array(titles.file,
                       titles.what + " holds '" + name +
                           "', expected real numbers (f2, f4, f8), integers (i1 to i8, u1 to u8) "
                           "or truth values (b1)",
                       "in NumPy: np.save(path, array.astype('<f8'))");
}

// Compared by division: the product of a forged shape may overflow.
void check_npy_size(std::size_t held_bytes,
                    const detail::ArrayFacts& facts,
                    const NpyTitles& titles) {
  const std::optional<std::size_t> count = detail::count_of(facts.shape);
  const bool is_short = !count || held_bytes / facts.number_size < *count;
  if (!is_short && held_bytes % facts.number_size == 0 && held_bytes / facts.number_size == *count)
    return;
  detail::refuse_array(facts.file,
                       titles.body + " is " + (is_short ? "shorter" : "longer") +
                           " than its header says: " + detail::shape_text(facts.shape) + " of '" +
                           facts.type + "', got " + std::to_string(held_bytes) + " bytes");
}

}  // namespace

namespace detail {

Array open_npy(std::shared_ptr<const ByteSource> bytes, const NpyTitles& titles) {
  const auto [text, offset] = npy_header(*bytes, titles);
  NpyHeader header = NpyHeaderReader(text, titles).read();
  const NumberType& type = npy_type(header.type, titles);
  ArrayFacts facts{
      titles.file, titles.what, std::move(header.type), type.size, std::move(header.shape)};
  refuse_empty(facts);
  check_npy_size(bytes->size() - offset, facts, titles);
  return flat_array(std::move(facts), type, header.fortran_order, std::move(bytes), offset);
}

Array open_npy(const PlainBytes& bytes, const std::string& file) {
  return open_npy(source_of(bytes), {file, "the file", "the array"});
}

}  // namespace detail

Eigen::MatrixXd parse_npy(std::string_view bytes, const std::string& shown_as) {
  return detail::open_npy(detail::PlainBytes{bytes, nullptr, nullptr}, shown_as).matrix();
}

}  // namespace insula::dataset
