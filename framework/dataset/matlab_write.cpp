// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/matlab_write.h"

#include <matio.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "framework/base/error.h"
#include "framework/dataset/detail/hdf5_handle.h"

namespace insula::dataset {
namespace {

using Sort = MatlabValue::Sort;

// matio's header has the time of writing, ours has not: the same values give the same bytes.
constexpr const char* kMatDescription = "MATLAB 5.0 MAT-file, by Insula";

struct WrittenClose {
  void operator()(mat_t* file) const { Mat_Close(file); }
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using Variable = std::unique_ptr<matvar_t, WrittenClose>;

struct ClassRow {
  const char* name;
  matio_classes of;
  matio_types type;
};
constexpr ClassRow kClasses[] = {{"double", MAT_C_DOUBLE, MAT_T_DOUBLE},
                                 {"single", MAT_C_SINGLE, MAT_T_SINGLE},
                                 {"int8", MAT_C_INT8, MAT_T_INT8},
                                 {"uint8", MAT_C_UINT8, MAT_T_UINT8},
                                 {"logical", MAT_C_UINT8, MAT_T_UINT8},
                                 {"int16", MAT_C_INT16, MAT_T_INT16},
                                 {"uint16", MAT_C_UINT16, MAT_T_UINT16},
                                 {"int32", MAT_C_INT32, MAT_T_INT32},
                                 {"uint32", MAT_C_UINT32, MAT_T_UINT32},
                                 {"int64", MAT_C_INT64, MAT_T_INT64},
                                 {"uint64", MAT_C_UINT64, MAT_T_UINT64}};

Variable made(matvar_t* variable) {
  if (variable == nullptr) throw InternalError("matio does not take a value");
  return Variable(variable);
}

template <class Number>
std::vector<char> packed_as(const std::vector<double>& numbers) {
  std::vector<Number> converted(numbers.size());
  std::ranges::transform(
      numbers, converted.begin(), [](double x) { return static_cast<Number>(x); });
  const auto* bytes = reinterpret_cast<const char*>(converted.data());
  return {bytes, bytes + converted.size() * sizeof(Number)};
}

std::vector<char> packed(const std::vector<double>& numbers, matio_types type) {
  switch (type) {
    case MAT_T_SINGLE: return packed_as<float>(numbers);
    case MAT_T_INT8: return packed_as<std::int8_t>(numbers);
    case MAT_T_UINT8: return packed_as<std::uint8_t>(numbers);
    case MAT_T_INT16: return packed_as<std::int16_t>(numbers);
    case MAT_T_UINT16: return packed_as<std::uint16_t>(numbers);
    case MAT_T_INT32: return packed_as<std::int32_t>(numbers);
    case MAT_T_UINT32: return packed_as<std::uint32_t>(numbers);
    case MAT_T_INT64: return packed_as<std::int64_t>(numbers);
    case MAT_T_UINT64: return packed_as<std::uint64_t>(numbers);
    default: return packed_as<double>(numbers);
  }
}

Variable sparse_variable(const MatlabValue& value,
                         const char* name,
                         std::vector<std::size_t>& size) {
  std::vector<mat_uint32_t> rows(value.row.begin(), value.row.end());
  std::vector<mat_uint32_t> starts(value.size[1] + 1, 0);
  for (const std::size_t column : value.column) ++starts[column + 1];
  for (std::size_t k = 1; k < starts.size(); ++k) starts[k] += starts[k - 1];
  std::vector<double> numbers = value.numbers;
  mat_sparse_t sparse{};
  sparse.nzmax = sparse.nir = sparse.ndata = static_cast<mat_uint32_t>(numbers.size());
  sparse.ir = rows.data();
  sparse.jc = starts.data();
  sparse.njc = static_cast<mat_uint32_t>(starts.size());
  sparse.data = numbers.data();
  return made(Mat_VarCreate(name, MAT_C_SPARSE, MAT_T_DOUBLE, 2, size.data(), &sparse, 0));
}

Variable variable_of(const MatlabValue& value, const char* name);

Variable number_variable(const MatlabValue& value,
                         const char* name,
                         std::vector<std::size_t>& size) {
  if (value.is_sparse) return sparse_variable(value, name, size);
  const auto row = std::ranges::find(kClasses, value.type, &ClassRow::name);
  if (row == std::end(kClasses)) throw InternalError("MATLAB has no numbers of " + value.type);
  std::vector<char> bytes = packed(value.numbers, row->type);
  bytes.resize(std::max<std::size_t>(bytes.size(), 1));  // matio asks for an address
  return made(Mat_VarCreate(name,
                            row->of,
                            row->type,
                            static_cast<int>(size.size()),
                            size.data(),
                            bytes.data(),
                            value.type == "logical" ? MAT_F_LOGICAL : 0));
}

// One row; characters beyond ASCII go as UTF-8.
Variable text_variable(const MatlabValue& value, const char* name) {
  if (value.texts.size() > 1) throw InternalError("texts of several rows are not written");
  std::string text = value.texts.empty() ? "" : value.texts.front();
  std::size_t size[2] = {text.empty() ? 0U : 1U, text.size()};
  return made(Mat_VarCreate(name, MAT_C_CHAR, MAT_T_UTF8, 2, size, text.data(), 0));
}

Variable cell_variable(const MatlabValue& value, const char* name, std::vector<std::size_t>& size) {
  std::vector<Variable> items;
  for (const MatlabValue& item : value.items) items.push_back(variable_of(item, nullptr));
  Variable cell = made(Mat_VarCreate(
      name, MAT_C_CELL, MAT_T_CELL, static_cast<int>(size.size()), size.data(), nullptr, 0));
  for (std::size_t k = 0; k < items.size(); ++k)
    Mat_VarSetCell(cell.get(), static_cast<int>(k), items[k].release());
  return cell;
}

Variable structure_variable(const MatlabValue& value,
                            const char* name,
                            std::vector<std::size_t>& size) {
  std::vector<const char*> fields;
  for (const std::string& field : value.fields) fields.push_back(field.c_str());
  Variable structure = made(Mat_VarCreateStruct(name,
                                                static_cast<int>(size.size()),
                                                size.data(),
                                                fields.data(),
                                                static_cast<unsigned>(fields.size())));
  for (std::size_t k = 0; k < value.items.size(); ++k) {
    const std::string& field = value.fields[k % fields.size()];
    Variable item = variable_of(value.items[k], field.c_str());
    Mat_VarSetStructFieldByName(structure.get(), field.c_str(), k / fields.size(), item.release());
  }
  return structure;
}

Variable variable_of(const MatlabValue& value, const char* name) {
  std::vector<std::size_t> size = value.size;
  switch (value.sort) {
    case Sort::numbers: return number_variable(value, name, size);
    case Sort::text: return text_variable(value, name);
    case Sort::cell: return cell_variable(value, name, size);
    case Sort::structure: return structure_variable(value, name, size);
    case Sort::other: break;
  }
  throw InternalError("a MATLAB value of the class " + value.type + " cannot be written");
}

[[noreturn]] void refuse_writing(const std::string& path) {
  Place place;
  place.file = path;
  throw InputError(place,
                   "the file cannot be written",
                   "is there such a folder, may you write there, and is there room?",
                   ExitCode::no_input);
}

}  // namespace

MatlabValue matlab_numbers(const Eigen::MatrixXd& matrix) {
  MatlabValue value;
  value.sort = Sort::numbers;
  value.type = "double";
  value.size = {static_cast<std::size_t>(matrix.rows()), static_cast<std::size_t>(matrix.cols())};
  value.numbers.assign(matrix.data(), matrix.data() + matrix.size());
  return value;
}

MatlabValue matlab_pages(const std::vector<Eigen::MatrixXd>& pages,
                         std::size_t rows,
                         std::size_t columns) {
  MatlabValue value;
  value.sort = Sort::numbers;
  value.type = "double";
  value.size = {rows, columns, pages.size()};
  for (const Eigen::MatrixXd& page : pages)
    value.numbers.insert(value.numbers.end(), page.data(), page.data() + page.size());
  return value;
}

MatlabValue matlab_text(const std::string& text) {
  MatlabValue value;
  value.sort = Sort::text;
  value.type = "char";
  value.size = {text.empty() ? 0U : 1U, text.size()};
  value.texts = {text};
  return value;
}

MatlabValue matlab_cell(std::vector<MatlabValue> items) {
  MatlabValue value;
  value.sort = Sort::cell;
  value.type = "cell";
  value.size = {1, items.size()};
  value.items = std::move(items);
  return value;
}

MatlabValue matlab_texts(const std::vector<std::string>& texts) {
  std::vector<MatlabValue> items;
  for (const std::string& text : texts) items.push_back(matlab_text(text));
  return matlab_cell(std::move(items));
}

MatlabValue matlab_structure(std::vector<std::pair<std::string, MatlabValue>> fields) {
  MatlabValue value;
  value.sort = Sort::structure;
  value.type = "struct";
  value.size = {1, 1};
  for (auto& [name, item] : fields) {
    value.fields.push_back(name);
    value.items.push_back(std::move(item));
  }
  return value;
}

void write_matlab(const MatlabValue& variables, const std::string& path, MatlabVersion version) {
  const detail::Hdf5Use one_at_a_time;
  const std::unique_ptr<mat_t, WrittenClose> file(
      Mat_CreateVer(path.c_str(),
                    version == MatlabVersion::v5 ? kMatDescription : nullptr,
                    version == MatlabVersion::v5 ? MAT_FT_MAT5 : MAT_FT_MAT73));
  if (!file) refuse_writing(path);
  for (std::size_t k = 0; k < variables.items.size(); ++k) {
    const Variable variable = variable_of(variables.items[k], variables.fields[k].c_str());
    if (Mat_VarWrite(file.get(), variable.get(), MAT_COMPRESSION_ZLIB) != 0) refuse_writing(path);
  }
}

}  // namespace insula::dataset
