// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "framework/architecture/detail/lead_field.h"
#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/dataset/table.h"

namespace insula::architecture::detail {
namespace {

namespace fs = std::filesystem;

// Mistakes of the file itself are told at its own lines; that it is not there, where it is named.
std::optional<dataset::Table> read_table(Loading& loading,
                                         const config::Node& name,
                                         const std::string& path) {
  try {
    std::string bytes = dataset::read_bytes(path);
    if (dataset::is_gzip(bytes)) bytes = dataset::gunzip(bytes, path);
    fs::path plain = path;
    if (plain.extension() == ".gz") plain = plain.stem();
    return dataset::Table(std::move(bytes), path, plain.extension() == ".csv" ? ',' : '\t');
  } catch (const InputError& error) {
    if (error.code() == ExitCode::no_input)
      loading.mistakes.add(name.place(),
                           "'loadings' names " + path + ": " + error.mistakes().front().message,
                           "paths are relative to the file that names them; loadings that are not "
                           "known are 'learned'");
    else
      loading.mistakes.add(error.mistakes());
  }
  return {};
}

// The column of each region; empty if one is missing.
std::vector<std::size_t> columns_of(Loading& loading,
                                    const config::Node& name,
                                    const dataset::Table& table,
                                    const std::string& path,
                                    const Observation& observation) {
  std::vector<std::size_t> columns;
  for (const std::size_t region : observation.regions) {
    const std::string& wanted = loading.architecture.regions[region].name;
    const auto column = table.find(wanted);
    if (column) {
      columns.push_back(*column);
      continue;
    }
    loading.mistakes.add(name.place(),
                         "lead field " + path + " has no column for the region '" + wanted + "'",
                         name_hint(wanted, table.names(), "its columns are"));
  }
  if (columns.size() < observation.regions.size()) columns.clear();
  return columns;
}

bool fill_row(Loading& loading,
              const dataset::Table& table,
              std::size_t row,
              const std::vector<std::size_t>& columns,
              Observation& observation) {
  bool is_good = true;
  for (std::size_t r = 0; r < columns.size(); ++r) {
    const auto weight = table.number(row, columns[r]);
    const bool is_number = weight && std::isfinite(*weight);
    if (!is_number)
      loading.mistakes.add(table.place(row, columns[r]),
                           "'" + table.names()[columns[r]] + "' of channel '" +
                               observation.channels[row] + "' must be a finite number, got '" +
                               table.text(row, columns[r]) + "'",
                           "a channel without a lead field is left out of the table");
    is_good = is_good && is_number;
    observation.loadings.weight(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(r)) =
        is_number ? *weight : 0;
  }
  return is_good;
}

bool read_names_of_channels(Loading& loading,
                            const dataset::Table& table,
                            std::size_t column,
                            Observation& observation) {
  bool is_good = true;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string channel = table.text(row, column);
    if (std::ranges::find(observation.channels, channel) != observation.channels.end()) {
      loading.mistakes.add(table.place(row, column),
                           "the lead field has two rows for the channel '" + channel + "'");
      is_good = false;
    }
    observation.channels.push_back(channel);
  }
  return is_good;
}

bool fill(Loading& loading,
          const config::Node& name,
          const dataset::Table& table,
          const std::string& path,
          Observation& observation) {
  const auto channel = table.find("channel");
  if (!channel) {
    loading.mistakes.add(name.place(),
                         "lead field " + path + " has no column 'channel'",
                         name_hint("channel", table.names(), "its columns are"));
    return false;
  }
  const auto columns = columns_of(loading, name, table, path, observation);
  if (columns.empty()) return false;
  if (table.rows() == 0) {
    loading.mistakes.add(name.place(), "lead field " + path + " has no rows");
    return false;
  }
  bool is_good = read_names_of_channels(loading, table, *channel, observation);
  Eigen::MatrixXd& weight = observation.loadings.weight;
  weight.resize(static_cast<Eigen::Index>(table.rows()), static_cast<Eigen::Index>(columns.size()));
  for (std::size_t row = 0; row < table.rows(); ++row)
    is_good = fill_row(loading, table, row, columns, observation) && is_good;
  if (!is_good) return false;
  for (Eigen::Index r = 0; r < weight.cols(); ++r) {
    if (!weight.col(r).isZero(0)) continue;
    loading.mistakes.add(
        name.place(),
        "no channel of lead field " + path + " shows the region '" +
            loading.architecture.regions[observation.regions[static_cast<std::size_t>(r)]].name +
            "': its column is 0",
        "leave the region out of 'regions'");
    is_good = false;
  }
  weight /= weight.cwiseAbs().maxCoeff();
  return is_good;
}

}  // namespace

void read_lead_field(Loading& loading, const config::Node& name, Observation& observation) {
  const fs::path folder = fs::path(name.place().file).parent_path();
  const std::string path = (folder / name.scalar()).lexically_normal().generic_string();
  observation.loadings.of = Loadings::Of::given;
  observation.loadings.file = path;
  const std::optional<dataset::Table> table = read_table(loading, name, path);
  if (table && fill(loading, name, *table, path, observation)) {
    loading.architecture.files.push_back(path);
    return;
  }
  observation.channels.clear();
  observation.loadings = {};
}

}  // namespace insula::architecture::detail
