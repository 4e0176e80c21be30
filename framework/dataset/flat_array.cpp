// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/flat_array.h"

#include <algorithm>
#include <utility>

namespace insula::dataset::detail {
namespace {

// Numbers that are converted at a time: what is unpacked for them stays in the cache.
constexpr std::size_t kNumbersAtOnce = 1 << 16;

class FlatArray : public ArraySource {
 public:
  FlatArray(ArrayFacts facts,
            const NumberType& type,
            bool is_fortran,
            std::shared_ptr<const ByteSource> bytes,
            std::size_t offset)
      : ArraySource(std::move(facts)), type_(type), bytes_(std::move(bytes)), offset_(offset) {
    const std::vector<std::size_t>& shape = this->facts().shape;
    rows_ = shape.empty() ? 1 : shape[0];
    for (std::size_t d = 1; d < shape.size(); ++d) columns_ *= shape[d];
    is_by_column_ = is_fortran && columns_ > 1;
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

  // In the order of the file, because packed bytes are best read forwards.
  template <typename Out>
  void read_as(std::size_t first, std::size_t last, Out* out, Convert<Out> convert) const {
    if (!is_by_column_) {
      copy(first * columns_, (last - first) * columns_, out, 1, convert, first, 0);
      return;
    }
    for (std::size_t f = 0; f < columns_; ++f) {
      const std::size_t column = column_of(f);
      copy(f * rows_ + first, last - first, out + column, columns_, convert, first, column);
    }
  }

  // Numbers from the `from`-th on into every step-th place of `out`; the first one is at (row,
  // column).
  template <typename Out>
  void copy(std::size_t from,
            std::size_t count,
            Out* out,
            std::size_t step,
            Convert<Out> convert,
            std::size_t row,
            std::size_t column) const {
    if (step == 1 && type_.lies_as(out) &&
        bytes_->read_into(
            offset_ + from * type_.size, count * type_.size, reinterpret_cast<char*>(out)))
      return;
    std::string scratch;
    for (std::size_t done = 0; done < count;) {
      const std::size_t part = std::min(count - done, kNumbersAtOnce);
      const std::string_view view =
          bytes_->view(offset_ + (from + done) * type_.size, part * type_.size, scratch);
      const std::size_t held = convert(view.data(), part, out + done * step, step);
      if (held < part) {
        const std::size_t at = done + held;
        refuse_number(facts(),
                      type_,
                      view.data() + held * type_.size,
                      step == 1 ? row + at / columns_ : row + at,
                      step == 1 ? at % columns_ : column);
      }
      done += part;
    }
  }

  // The f-th column as the file has them: the second index is the fastest there, the last one here.
  std::size_t column_of(std::size_t f) const {
    const std::vector<std::size_t>& shape = facts().shape;
    std::size_t column = 0, weight = columns_;
    for (std::size_t d = 1; d < shape.size(); ++d) {
      weight /= shape[d];
      column += f % shape[d] * weight;
      f /= shape[d];
    }
    return column;
  }

  const NumberType& type_;
  std::shared_ptr<const ByteSource> bytes_;
  std::size_t offset_ = 0, rows_ = 1, columns_ = 1;
  bool is_by_column_ = false;
};

}  // namespace

void refuse_number(const ArrayFacts& facts,
                   const NumberType& type,
                   const char* bytes,
                   std::size_t row,
                   std::size_t column) {
  const std::string where = facts.what == "the array" ? "" : " of " + facts.what;
  refuse_array(facts.file,
               (type.is_integer ? "the integer " : "the number ") + type.text(bytes) + " at row " +
                   std::to_string(row) + ", column " + std::to_string(column) +
                   " (counted from 0)" + where + " is too large to be held" +
                   (type.is_integer ? " exactly" : " in single precision"));
}

Array flat_array(ArrayFacts facts,
                 const NumberType& type,
                 bool is_fortran,
                 std::shared_ptr<const ByteSource> bytes,
                 std::size_t offset) {
  return Array(std::make_shared<const FlatArray>(
      std::move(facts), type, is_fortran, std::move(bytes), offset));
}

}  // namespace insula::dataset::detail
