// SPDX-License-Identifier: Apache-2.0
// What subjects differ by: a table with a row for each, 'participants' of a dataset.
//
//     file: participants.tsv
//     subject: participant_id        # optional: the column of subjects' ids; participant_id if
//     absent columns: [age]                 # numbers, in the forms that columns of trials have
//     factors: {group: {column: dx, levels: [control, patient]}}   # the first is the reference
//
// Rows of others, who take no part in the dataset, are passed over.
//
// source  Brain Imaging Data Structure 1.9, "Participants file"
#include <cmath>
#include <map>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Node;
using config::Reader;

constexpr const char* kSubjectColumn = "participant_id";

std::optional<std::size_t> subject_column(const Node& node,
                                          const Node& table,
                                          const Columns& file,
                                          Mistakes& mistakes) {
  if (!node.is_missing()) return find_column(node, file, mistakes);
  const auto column = file.find(kSubjectColumn);
  if (!column)
    mistakes.add(table["file"].place(),
                 "'" + file.path() + "' has no column '" + kSubjectColumn + "'",
                 "'subject' names the column of subjects' ids");
  return column;
}

// The row of each subject of the dataset; nothing after a mistake.
std::optional<std::vector<std::size_t>> rows_of_subjects(std::size_t column,
                                                         const Columns& file,
                                                         const Dataset& dataset,
                                                         const Node& table,
                                                         const SubjectReading& reading) {
  std::map<std::string, std::size_t> row_of;
  bool is_right = true;
  for (std::size_t row = 0; row < file.rows(); ++row) {
    const std::string id = file.text(row, column);
    const auto [first, is_new] = row_of.emplace(id, row);
    if (is_new) continue;
    is_right = false;
    reading.sources.mistake(
        file,
        row,
        column,
        "subject '" + id + "' has a second row",
        "the first is in line " + std::to_string(file.place(first->second, column).line));
  }
  std::vector<std::size_t> rows;
  std::vector<std::string> lacking;
  for (const Subject& subject : dataset.subjects) {
    const auto found = row_of.find(subject.id);
    if (found == row_of.end())
      lacking.push_back("'" + subject.id + "'");
    else
      rows.push_back(found->second);
  }
  if (!lacking.empty())
    reading.mistakes.add(table["file"].place(),
                         "'" + file.path() + "' has no row for " +
                             (lacking.size() > 1 ? "subjects " : "subject ") + in_words(lacking),
                         "its column '" + file.names()[column] +
                             "' holds the ids of the dataset's subjects; what is not known of a "
                             "subject is n/a in its row");
  if (!is_right || !lacking.empty()) return std::nullopt;
  return rows;
}

std::vector<double> picked(const std::vector<double>& values,
                           const std::vector<std::size_t>& rows) {
  std::vector<double> mine;
  for (const std::size_t row : rows) mine.push_back(values[row]);
  return mine;
}

}  // namespace

void read_participants(const Node& node, Dataset& dataset, const SubjectReading& reading) {
  if (node.is_missing()) return;
  Reader r(node, "'participants'", reading.mistakes);
  const auto file = reading.sources.open(r, "file");
  r.optional_text("subject");
  const Node columns = r.any("columns"), factors = r.any("factors");
  r.finish();
  if (columns.is_missing() && factors.is_missing())
    r.mistake("columns",
              "'participants' names neither 'columns' nor 'factors'",
              "'columns: [age]' takes numbers, 'factors: [group]' takes levels");
  if (!file) return;
  const auto column = subject_column(node["subject"], node, *file, reading.mistakes);
  const auto rows =
      column ? rows_of_subjects(*column, *file, dataset, node, reading) : std::nullopt;
  // Read as columns and factors of trials are; rows of others are excluded.
  Trials table;
  table.name = "participants";
  table.exclusion.assign(file->rows(), rows ? 0 : kInUse);
  for (const std::size_t row : rows.value_or(std::vector<std::size_t>{}))
    table.exclusion[row] = kInUse;
  LabelBook labels;
  const TableReading as_trials{"'participants'", file, reading.sources, reading.mistakes, labels};
  TakenNames taken;
  const auto numbers = read_trial_columns(columns, taken, as_trials);
  const auto levels = read_trial_factors(factors, {}, table, taken, as_trials);
  if (!rows) return;
  for (const auto& [name, place, number] : numbers) {
    const bool is_si = number.dimension != Dimension::none;
    dataset.covariates.push_back({name,
                                  is_si ? std::string(unit_name(number.dimension)) : number.unit,
                                  {},
                                  picked(numbers_in(number, reading.sources), *rows),
                                  place});
  }
  for (const TrialFactor& factor : levels) {
    std::vector<double> index;
    for (const int level : factor.value) index.push_back(level == kMissing ? kNaN : level);
    dataset.covariates.push_back({factor.name,
                                  "1",
                                  labels.at({table.name, factor.name}).names,
                                  picked(index, *rows),
                                  factor.place});
  }
}

}  // namespace insula::dataset::detail
