// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/rdm_file.h"

#include <cmath>
#include <filesystem>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/dataset/array.h"
#include "framework/dataset/file.h"
#include "framework/dataset/table.h"

namespace insula::dataset {
namespace {

using Eigen::Index;

constexpr double kAsymmetry = 1e-5;  // of the largest entry: what float32 and printing leave
constexpr std::size_t kMostStimuli = 5000;

[[noreturn]] void refuse_rdms(const std::string& path,
                              const std::string& message,
                              const std::string& note = {},
                              ExitCode code = ExitCode::data) {
  Place place;
  place.file = path;
  throw InputError(place, message, note, code);
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text;
  for (const std::size_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "one number" : text;
}

std::size_t pairs_of(std::size_t stimuli) { return stimuli * (stimuli - 1) / 2; }

// How many stimuli have so many pairs; 0 if no number has.
std::size_t stimuli_with(std::size_t pairs) {
  auto n = static_cast<std::size_t>(std::sqrt(2.0 * static_cast<double>(pairs)));
  while (pairs_of(n + 1) <= pairs) ++n;
  return n >= 2 && pairs_of(n) == pairs ? n : 0;
}

// The upper triangle of a square, `at(i, j)`.
template <class At>
Eigen::VectorXd triangle_of(const std::string& path,
                            std::size_t stimuli,
                            const std::string& which,
                            At at) {
  double largest = 0;
  for (std::size_t i = 0; i < stimuli; ++i)
    for (std::size_t j = 0; j < stimuli; ++j)
      if (std::isfinite(at(i, j))) largest = std::max(largest, std::abs(at(i, j)));
  Eigen::VectorXd pairs(static_cast<Index>(pairs_of(stimuli)));
  Index pair = 0;
  for (std::size_t i = 0; i < stimuli; ++i)
    if (std::abs(at(i, i)) > kAsymmetry * largest)
      refuse_rdms(path,
                  which + " gives stimulus " + std::to_string(i + 1) + " a dissimilarity of " +
                      number_text(at(i, i)) + " to itself",
                  "dissimilarities have 0 there, similarities their largest: of correlations write "
                  "1 - r");
  for (std::size_t i = 0; i < stimuli; ++i)
    for (std::size_t j = i + 1; j < stimuli; ++j) {
      const double above = at(i, j), below = at(j, i);
      if (std::isnan(above) != std::isnan(below) || std::abs(above - below) > kAsymmetry * largest)
        refuse_rdms(path,
                    which + " is not symmetric: stimuli " + std::to_string(i + 1) + " and " +
                        std::to_string(j + 1) + " have the dissimilarities " + number_text(above) +
                        " and " + number_text(below),
                    "each square holds the dissimilarities of all pairs of stimuli");
      pairs[pair++] = above;
    }
  return pairs;
}

void require_stimuli(const std::string& path, std::size_t stimuli) {
  if (stimuli < 2 || stimuli > kMostStimuli)
    refuse_rdms(path,
                "RDMs of " + std::to_string(stimuli) + " stimuli are not read",
                "expected 2 to " + std::to_string(kMostStimuli));
}

RdmFile squares_of(const std::string& path, const Array& array) {
  RdmFile file;
  file.stimuli = array.shape().back();
  require_stimuli(path, file.stimuli);
  const std::size_t n = file.stimuli, size = n * n;
  const std::size_t squares_a_row = array.shape().size() == 2 ? 0 : array.columns() / size;
  std::vector<double> values(array.shape().size() == 2 ? size : array.columns());
  const std::size_t steps = squares_a_row == 0 ? 1 : array.rows();
  for (std::size_t row = 0; row < steps; ++row) {
    array.read_rows(squares_a_row == 0 ? 0 : row, squares_a_row == 0 ? n : row + 1, values);
    for (std::size_t k = 0; k < std::max<std::size_t>(1, squares_a_row); ++k) {
      const double* square = values.data() + k * size;
      const std::string which = "RDM " + std::to_string(file.rdms.size() + 1);
      file.rdms.push_back(triangle_of(
          path, n, which, [&](std::size_t i, std::size_t j) { return square[i * n + j]; }));
    }
  }
  return file;
}

RdmFile triangles_of(const std::string& path, const Array& array) {
  RdmFile file;
  const std::size_t pairs = array.shape().back();
  file.stimuli = stimuli_with(pairs);
  if (file.stimuli == 0)
    refuse_rdms(path,
                "an array of " + shape_text(array.shape()) +
                    " holds no RDMs: neither squares, nor upper triangles, as no number of stimuli "
                    "has " +
                    std::to_string(pairs) + " pairs",
                "expected the last two sizes to be the same, or the last one n (n - 1) / 2");
  require_stimuli(path, file.stimuli);
  const bool is_one = array.shape().size() == 1;
  std::vector<double> values(is_one ? pairs : array.columns());
  for (std::size_t row = 0; row < (is_one ? 1 : array.rows()); ++row) {
    array.read_rows(row, is_one ? pairs : row + 1, values);
    for (std::size_t at = 0; at + pairs <= values.size(); at += pairs)
      file.rdms.emplace_back(
          Eigen::Map<const Eigen::VectorXd>(values.data() + at, static_cast<Index>(pairs)));
  }
  return file;
}

RdmFile square_of_table(const std::string& path, char delimiter) {
  const Table table(read_bytes(path), path, delimiter);
  RdmFile file;
  file.stimuli = table.columns();
  if (table.rows() != table.columns())
    refuse_rdms(path,
                "a table of " + std::to_string(table.rows()) + " rows and " +
                    std::to_string(table.columns()) + " columns is no RDM",
                "expected a header with the names of stimuli, and a row for each of them");
  require_stimuli(path, file.stimuli);
  Eigen::MatrixXd square(static_cast<Index>(file.stimuli), static_cast<Index>(file.stimuli));
  for (std::size_t i = 0; i < file.stimuli; ++i)
    for (std::size_t j = 0; j < file.stimuli; ++j) {
      const auto value = table.number(i, j);
      if (!value)
        throw InputError(table.place(i, j),
                         "a dissimilarity is a number, got '" + table.text(i, j) + "'",
                         "",
                         ExitCode::data);
      square(static_cast<Index>(i), static_cast<Index>(j)) = *value;
    }
  file.rdms.push_back(triangle_of(path, file.stimuli, "the RDM", [&](std::size_t i, std::size_t j) {
    return square(static_cast<Index>(i), static_cast<Index>(j));
  }));
  return file;
}

}  // namespace

RdmFile read_rdms(const std::string& path, const std::string& name) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".tsv" || extension == ".csv")
    return square_of_table(path, extension == ".tsv" ? '\t' : ',');
  const auto format = array_format_of(path);
  if (!format)
    refuse_rdms(path,
                "the file's name does not say what it is",
                "RDMs are read from .npy, .npz, .safetensors, .h5, .hdf5, .tsv and .csv",
                ExitCode::config);
  const Array array = open_array(path, *format, name);
  const std::vector<std::size_t>& shape = array.shape();
  if (shape.empty()) refuse_rdms(path, "an array of one number holds no RDM");
  const bool is_square = shape.size() >= 2 && shape.back() == shape[shape.size() - 2];
  RdmFile file = is_square ? squares_of(path, array) : triangles_of(path, array);
  if (array.row_names().size() == file.rdms.size()) file.names = array.row_names();
  if (file.rdms.empty()) refuse_rdms(path, "the file holds no RDM");
  for (const Eigen::VectorXd& rdm : file.rdms)
    if (rdm.array().isInf().any()) refuse_rdms(path, "a dissimilarity is infinite");
  for (std::size_t k = 0; k < file.rdms.size(); ++k)
    if (file.rdms[k].array().isNaN().all())
      refuse_rdms(path, "RDM " + std::to_string(k + 1) + " knows of no pair of stimuli");
  return file;
}

}  // namespace insula::dataset
