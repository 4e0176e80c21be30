// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/matlab.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/base/text.h"

namespace insula::dataset {
namespace {

using Sort = MatlabValue::Sort;

std::string extent_text(const std::vector<std::size_t>& size) {
  std::string text;
  for (const std::size_t extent : size)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

// "a cell of 1 x 3", "numbers (double) of 3 x 3".
std::string matlab_words(const MatlabValue& value) {
  const std::string size = " of " + extent_text(value.size);
  switch (value.sort) {
    case Sort::numbers:
      return (value.is_sparse ? "sparse numbers (" : "numbers (") + value.type + ")" + size;
    case Sort::text: return "characters" + size;
    case Sort::cell: return "a cell" + size;
    case Sort::structure: return "a structure" + size;
    case Sort::other: break;
  }
  return "a value of the class " + value.type;
}

// A sparse matrix that says it is larger than this is not filled up.
constexpr std::size_t kMostFilled = std::size_t{1} << 27;

}  // namespace

std::size_t MatlabValue::count() const {
  std::size_t product = size.empty() ? 0 : 1;
  for (const std::size_t extent : size) product *= extent;
  return product;
}

void MatlabNode::refuse(const std::string& message, const std::string& note) const {
  Place place;
  place.file = file_;
  throw InputError(
      place, (path_.empty() ? "the file" : path_) + " " + message, note, ExitCode::data);
}

void MatlabNode::refuse_sort(const std::string& expected) const {
  refuse("holds " + matlab_words(*value_) + ", expected " + expected);
}

bool MatlabNode::has(const std::string& field) const {
  if (value_->sort != Sort::structure || (element_ == kAll && value_->count() != 1)) return false;
  const auto found = std::ranges::find(value_->fields, field);
  if (found == value_->fields.end()) return false;
  const auto index = static_cast<std::size_t>(found - value_->fields.begin());
  const std::size_t element = element_ == kAll ? 0 : element_;
  return value_->items[element * value_->fields.size() + index].count() > 0;
}

MatlabNode MatlabNode::element(std::size_t index) const {
  if (value_->sort != Sort::structure || index >= value_->count())
    refuse_sort("a structure of at least " + std::to_string(index + 1) + " elements");
  MatlabNode node = *this;
  node.element_ = index;
  return node;
}

MatlabNode MatlabNode::at(const std::string& field) const {
  if (element_ != kAll) return at(field, element_);
  if (value_->sort != Sort::structure || value_->count() != 1)
    refuse_sort("a structure of 1 x 1 with the field '" + field + "'");
  return at(field, 0);
}

MatlabNode MatlabNode::at(const std::string& field, std::size_t element) const {
  if (value_->sort != Sort::structure || element >= value_->count())
    refuse_sort("a structure with the field '" + field + "' and at least " +
                std::to_string(element + 1) + " elements");
  const auto found = std::ranges::find(value_->fields, field);
  if (found == value_->fields.end()) {
    const bool is_file = path_.empty();
    refuse(std::string("has no ") + (is_file ? "variable" : "field") + " '" + field + "'",
           name_hint(field, value_->fields));
  }
  const auto index = static_cast<std::size_t>(found - value_->fields.begin());
  MatlabNode node(value_->items[element * value_->fields.size() + index], file_);
  node.path_ = path_;
  if (value_->count() > 1) node.path_ += "(" + std::to_string(element + 1) + ")";
  node.path_ += (path_.empty() ? "" : ".") + field;
  return node;
}

Eigen::MatrixXd MatlabNode::matrix() const {
  const MatlabValue& v = *value_;
  if (v.sort != Sort::numbers || v.size.size() != 2) refuse_sort("a matrix of numbers");
  const auto rows = static_cast<Eigen::Index>(v.size[0]);
  const auto columns = static_cast<Eigen::Index>(v.size[1]);
  if (!v.is_sparse) return Eigen::Map<const Eigen::MatrixXd>(v.numbers.data(), rows, columns);
  if (v.count() > kMostFilled)
    refuse("is a sparse matrix of " + extent_text(v.size) + ", which is too large to fill up");
  Eigen::MatrixXd full = Eigen::MatrixXd::Zero(rows, columns);
  for (std::size_t k = 0; k < v.numbers.size(); ++k)
    full(static_cast<Eigen::Index>(v.row[k]), static_cast<Eigen::Index>(v.column[k])) =
        v.numbers[k];
  return full;
}

std::vector<Eigen::MatrixXd> MatlabNode::pages() const {
  const MatlabValue& v = *value_;
  if (v.size.size() == 2)
    return v.count() == 0 ? std::vector<Eigen::MatrixXd>{} : std::vector<Eigen::MatrixXd>{matrix()};
  if (v.sort != Sort::numbers || v.size.size() != 3)
    refuse_sort("an array of numbers of three dimensions");
  const auto rows = static_cast<Eigen::Index>(v.size[0]);
  const auto columns = static_cast<Eigen::Index>(v.size[1]);
  std::vector<Eigen::MatrixXd> pages;
  for (std::size_t page = 0; page < v.size[2]; ++page)
    pages.emplace_back(Eigen::Map<const Eigen::MatrixXd>(
        v.numbers.data() + page * v.size[0] * v.size[1], rows, columns));
  return pages;
}

double MatlabNode::number() const {
  if (value_->sort != Sort::numbers || value_->count() != 1) refuse_sort("one number");
  return matrix()(0, 0);
}

std::string MatlabNode::text() const {
  if (value_->sort != Sort::text || value_->texts.size() != 1) refuse_sort("one text");
  return value_->texts.front();
}

std::vector<std::string> MatlabNode::texts() const {
  if (value_->sort == Sort::text) return value_->texts;
  if (value_->sort != Sort::cell) refuse_sort("a cell of texts");
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < value_->items.size(); ++k) {
    MatlabNode item(value_->items[k], file_);
    item.path_ = path_ + "{" + std::to_string(k + 1) + "}";
    texts.push_back(item.text());
  }
  return texts;
}

}  // namespace insula::dataset
