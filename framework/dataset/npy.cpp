// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/npy.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>
#include <type_traits>
#include <vector>

#include "framework/base/error.h"

namespace insula::dataset {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie");

struct Header {
  std::string type;  // NumPy's descr, e.g. "<f8"
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

// Reads the Python dictionary literal of the header: three known keys, each once.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Header read() {
    Header header;
    bool has_type = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      bool& has = key == "descr" ? has_type : key == "fortran_order" ? has_order : has_shape;
      if (has) fail();
      has = true;
      if (key == "descr") {
        if (peek() == '[') refuse("the array has named fields, expected plain numbers");
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
  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError(Place{file_, 0, 0, 0, ""}, why, {}, ExitCode::data);
  }
  [[noreturn]] void fail() const { refuse("the header of the array cannot be read"); }

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
  const std::string& file_;
  std::size_t at_ = 0;
};

[[noreturn]] void refuse(const std::string& file,
                         const std::string& why,
                         const std::string& note = {}) {
  throw InputError(Place{file, 0, 0, 0, ""}, why, note, ExitCode::data);
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

// The text of the header; `bytes` becomes what follows it.
std::string_view split_header(std::string_view& bytes, const std::string& file) {
  if (!bytes.starts_with("\x93NUMPY"))
    refuse(file, "the file does not start as a NumPy array does");
  if (bytes.size() < 8) refuse(file, "the file ends in the header of the array");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) {
    refuse(file,
           "the array has format version " + std::to_string(version) + ", expected 1, 2 or 3");
  }
  const std::size_t width = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + width) refuse(file, "the file ends in the header of the array");
  const std::size_t length = little_endian(bytes.substr(8, width));
  if (bytes.size() - 8 - width < length) refuse(file, "the file ends in the header of the array");
  const std::string_view text = bytes.substr(8 + width, length);
  bytes.remove_prefix(8 + width + length);
  return text;
}

template <typename T>
Eigen::MatrixXd values(std::string_view bytes,
                       std::size_t rows,
                       std::size_t columns,
                       bool fortran,
                       const std::string& file) {
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (std::size_t i = 0; i < rows * columns; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    const std::size_t row = fortran ? i % rows : i / columns;
    const std::size_t column = fortran ? i / rows : i % columns;
    if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
      constexpr T limit = T{1} << std::numeric_limits<double>::digits;
      if (value > limit || (std::is_signed_v<T> && value < T{0} - limit)) {
        refuse(file,
               "the integer " + std::to_string(value) + " at row " + std::to_string(row) +
                   ", column " + std::to_string(column) +
                   " (counted from 0) is too large to be held exactly");
      }
    }
    result(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column)) =
        static_cast<double>(value);
  }
  return result;
}

using Convert =
    Eigen::MatrixXd (*)(std::string_view, std::size_t, std::size_t, bool, const std::string&);
struct Type {
  std::string_view name;
  std::size_t size;
  Convert convert;
};
constexpr Type kTypes[] = {
    {"<f4", 4, values<float>},
    {"<f8", 8, values<double>},
    {"|i1", 1, values<std::int8_t>},
    {"<i2", 2, values<std::int16_t>},
    {"<i4", 4, values<std::int32_t>},
    {"<i8", 8, values<std::int64_t>},
    {"|u1", 1, values<std::uint8_t>},
    {"<u2", 2, values<std::uint16_t>},
    {"<u4", 4, values<std::uint32_t>},
    {"<u8", 8, values<std::uint64_t>},
};

const Type& type_named(const std::string& name, const std::string& file) {
  for (const Type& type : kTypes) {
    if (type.name == name) return type;
  }
  refuse(file,
         "the array holds '" + name +
             "', expected little-endian real numbers (f4, f8) or integers (i1 to i8, u1 to u8)",
         "in NumPy: np.save(path, array.astype('<f8'))");
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text;
  for (const std::size_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "a single number" : text;
}

}  // namespace

Eigen::MatrixXd parse_npy(std::string_view bytes, const std::string& shown_as) {
  const Header header = HeaderReader(split_header(bytes, shown_as), shown_as).read();
  const Type& type = type_named(header.type, shown_as);
  if (header.shape.empty() || header.shape.size() > 2) {
    refuse(shown_as,
           "the array is " + shape_text(header.shape) + ", expected one or two dimensions");
  }
  const std::size_t rows = header.shape[0];
  const std::size_t columns = header.shape.size() == 2 ? header.shape[1] : 1;
  if (rows == 0 || columns == 0) {
    refuse(shown_as, "the array is empty: " + shape_text(header.shape));
  }
  // Compared by division: the product of a forged shape may overflow.
  const std::size_t held = bytes.size() / type.size;
  const bool is_exact =
      bytes.size() % type.size == 0 && held % columns == 0 && held / columns == rows;
  if (!is_exact) {
    const bool is_short = held / columns < rows;
    refuse(shown_as,
           std::string("the file is ") + (is_short ? "shorter" : "longer") +
               " than its header says: " + shape_text(header.shape) + " of '" + header.type +
               "', got " + std::to_string(bytes.size()) + " bytes");
  }
  return type.convert(bytes, rows, columns, header.fortran_order, shown_as);
}

}  // namespace insula::dataset
