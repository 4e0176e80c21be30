// SPDX-License-Identifier: Apache-2.0
// Tables of NWB: columns beside each other in a group, ragged ones with an index that says where
// each row ends.
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/nwb.h"

namespace insula::dataset::detail {
namespace {

std::size_t length_of(const Hdf5Object& object) {
  return object.shape.empty() ? 1 : object.shape.front();
}

}  // namespace

void refuse_nwb(const Hdf5File& file, const std::string& why, const std::string& note) {
  refuse_array(file.path(), why, note);
}

std::string time_text(double value) { return std::isnan(value) ? "NaN" : number_text(value); }

std::string type_of(const Hdf5File& file, const std::string& path, const Hdf5Object& object) {
  const std::string type = object.text("neurodata_type");
  if (type.empty())
    refuse_nwb(file,
               "'" + (path.empty() ? "/" : path) + "' has no attribute 'neurodata_type'",
               "every object of NWB says what it is; write the file with PyNWB or MatNWB");
  return type;
}

std::vector<double> column_of_numbers(const Hdf5File& file, const std::string& path) {
  const auto object = file.find(path);
  if (!object || object->kind != Hdf5Object::Kind::numbers || object->shape.size() != 1)
    refuse_nwb(file, "'" + path + "' is no list of numbers");
  if (object->shape[0] == 0) return {};
  const Array array = file.numbers(path);
  std::vector<double> numbers(array.rows());
  array.read_rows(0, array.rows(), std::span<double>(numbers));
  return numbers;
}

NwbDynamicTable::NwbDynamicTable(const Hdf5File& file, std::string path)
    : file_(file), path_(std::move(path)) {
  const auto group = file.find(path_);
  if (!group || !group->is_group()) refuse_nwb(file, "'" + path_ + "' is no table");
  group_ = *group;
  type_of(file, path_, group_);
  const auto id = file.find(path_ + "/id");
  if (!id || !id->is_dataset() || id->shape.size() != 1)
    refuse_nwb(file,
               "the table '" + path_ + "' has no column 'id'",
               "tables of NWB number their rows there; write the file with PyNWB or MatNWB");
  rows_ = id->shape[0];
}

std::vector<double> NwbDynamicTable::ids() const { return column_of_numbers(file_, path_of("id")); }

std::vector<std::string> NwbDynamicTable::columns() const {
  std::vector<std::string> names;
  const auto said = group_.texts.find("colnames");
  if (said != group_.texts.end()) names = said->second;
  std::erase_if(names, [&](const std::string& name) { return !group_.has(name); });
  for (const std::string& member : group_.members) {
    const bool is_index =
        member.ends_with("_index") && group_.has(member.substr(0, member.size() - 6));
    if (member != "id" && !is_index && std::ranges::find(names, member) == names.end())
      names.push_back(member);
  }
  return names;
}

std::optional<NwbColumn> NwbDynamicTable::plain(const std::string& column) const {
  if (is_ragged(column)) return std::nullopt;
  const auto object = file_.find(path_of(column));
  if (!object || !object->is_dataset() || object->shape.size() != 1) return std::nullopt;
  const bool is_known =
      object->kind == Hdf5Object::Kind::numbers || object->kind == Hdf5Object::Kind::texts;
  // Numbers that say which row of another table is meant are no quantities.
  if (!is_known || object->text("neurodata_type") == "DynamicTableRegion") return std::nullopt;
  if (length_of(*object) != rows_)
    refuse_nwb(file_,
               "the column '" + path_of(column) + "' has " + std::to_string(length_of(*object)) +
                   " entries, but its table has " + std::to_string(rows_) + " rows",
               "was it written to its end?");
  NwbColumn read;
  read.name = column;
  read.is_text = object->kind == Hdf5Object::Kind::texts;
  if (read.is_text) read.texts = file_.texts(path_of(column));
  if (!read.is_text) read.numbers = column_of_numbers(file_, path_of(column));
  return read;
}

std::vector<std::pair<std::size_t, std::size_t>> NwbDynamicTable::ranges(
    const std::string& column) const {
  const std::string path = path_of(column + "_index");
  const auto content = file_.find(path_of(column));
  if (!content || !content->is_dataset())
    refuse_nwb(file_, "'" + path + "' is the index of a column that is not there");
  const std::vector<double> ends = column_of_numbers(file_, path);
  if (ends.size() != rows_)
    refuse_nwb(file_,
               "the index '" + path + "' has " + std::to_string(ends.size()) +
                   " entries, but its table has " + std::to_string(rows_) + " rows");
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  std::size_t begin = 0;
  for (std::size_t row = 0; row < rows_; ++row) {
    if (!(ends[row] >= static_cast<double>(begin)))
      refuse_nwb(file_,
                 "the index '" + path + "' goes down from " + std::to_string(begin) + " to " +
                     number_text(ends[row]) + " at row " + std::to_string(row),
                 "it says where each row of '" + column + "' ends, so it must ascend");
    if (ends[row] > static_cast<double>(length_of(*content)))
      refuse_nwb(file_,
                 "the index '" + path + "' ends row " + std::to_string(row) + " at " +
                     number_text(ends[row]) + ", but '" + column + "' has " +
                     std::to_string(length_of(*content)) + " entries",
                 "was it written to its end?");
    const auto end = static_cast<std::size_t>(ends[row]);
    ranges.emplace_back(begin, end);
    begin = end;
  }
  return ranges;
}

void NwbSession::note_times(double from, double to) {
  first = has_times ? std::min(first, from) : from;
  last = has_times ? std::max(last, to) : to;
  last_moment = has_times ? last_moment : from;
  has_times = true;
}

void NwbSession::note_moments(double from, double to) {
  note_times(from, to);
  last_moment = std::max(last_moment, to);
}

std::vector<float> counts_in_bins(const std::vector<double>& times,
                                  double origin,
                                  double bin,
                                  std::size_t bins) {
  std::vector<float> counts(bins, 0);
  for (const double time : times) {
    const double t = time - origin;
    double k = std::floor(t / bin);
    if (t < k * bin) --k;  // where the division was rounded up
    if (t >= (k + 1) * bin) ++k;
    if (k >= 0 && k < static_cast<double>(bins)) ++counts[static_cast<std::size_t>(k)];
  }
  return counts;
}

}  // namespace insula::dataset::detail
