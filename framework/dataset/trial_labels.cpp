// SPDX-License-Identifier: Apache-2.0
// Responses and factors: texts of a file that become indices into labels.
#include <algorithm>

#include "framework/base/text.h"
#include "framework/dataset/detail/trials.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

// How one entry of a manifest writes its labels: {wrong: 0, correct: 1} has the names wrong and
// correct, written "0" and "1".
struct Coding {
  std::vector<std::string> names;
  std::vector<std::string> written;  // all ways in which any label is written
  std::vector<int> label;            // of each of them

  // Numbers are compared as numbers: a file that went through another program holds 1.0 for 1.
  std::optional<int> find(const std::string& cell) const {
    const auto same = std::ranges::find(written, cell);
    if (same != written.end()) return label[static_cast<std::size_t>(same - written.begin())];
    const std::optional<double> number = parse_number(cell);
    for (std::size_t i = 0; number && i < written.size(); ++i) {
      if (parse_number(written[i]) == number) return label[i];
    }
    return std::nullopt;
  }
};

void add_label(const std::string& name,
               const Node& node,
               const std::string& what,
               Coding& coding,
               Mistakes& mistakes) {
  const std::string& text = node.scalar();
  if (!node.is_scalar()) {
    mistakes.add(node.place(), "a label in " + what + " is text, got " + config::found(node));
    return;
  }
  if (is_missing(text)) {
    mistakes.add(node.place(), what + " names '" + text + "', which means a missing value");
  } else if (coding.find(text)) {
    mistakes.add(node.place(), what + " names '" + text + "' twice");
  }
  if (std::ranges::find(coding.names, name) == coding.names.end()) coding.names.push_back(name);
  coding.written.push_back(text);
  coding.label.push_back(static_cast<int>(coding.names.size()) - 1);
}

// A list of labels, or {label: as written} or {label: [written so, or so]}.
std::optional<Coding> read_coding(const Node& node, const std::string& what, Mistakes& mistakes) {
  Coding coding;
  if (node.is_list()) {
    for (const Node& item : node.items()) add_label(item.scalar(), item, what, coding, mistakes);
  } else if (node.is_map()) {
    for (const Entry& entry : node.entries()) {
      if (!entry.value.is_list()) add_label(entry.key, entry.value, what, coding, mistakes);
      for (const Node& item : entry.value.is_list() ? entry.value.items() : std::vector<Node>{}) {
        add_label(entry.key, item, what, coding, mistakes);
      }
    }
  } else {
    mistakes.add(node.place(),
                 what + " must be a list of labels or a mapping {label: as written}, got " +
                     config::found(node));
    return std::nullopt;
  }
  if (coding.names.size() < 2) {
    mistakes.add(node.place(),
                 what + " has " + (coding.names.empty() ? "no label" : "one label") +
                     ", expected at least two");
    return std::nullopt;
  }
  return coding;
}

// A single character is near to any other, which helps nobody.
std::string hint_for(const std::string& text, const Coding& coding) {
  const std::string has = "expected one of";
  return text.size() > 1 ? name_hint(text, coding.written, has)
                         : has + ": " + join(coding.written, ", ");
}

// "left, right": what the labels are, for a message.
std::string listed(const SharedLabels& labels) {
  return labels.is_declared ? join(labels.names, ", ") : "not declared";
}

// The labels of this factor for all runs; those declared must be the same everywhere.
SharedLabels& shared_labels(const std::pair<std::string, std::string>& key,
                            const SharedLabels& here,
                            const std::string& what,
                            const TableReading& reading) {
  const auto [it, is_new] = reading.labels.emplace(key, here);
  const SharedLabels& first = it->second;
  const bool is_same =
      first.is_declared == here.is_declared && (!here.is_declared || first.names == here.names);
  if (!is_new && !is_same) {
    reading.mistakes.add(here.place,
                         what + " are " + listed(here) + ", but " + listed(first) + " in line " +
                             std::to_string(first.place.line),
                         "labels and their order must be the same in all runs");
  }
  return it->second;
}

// The labels' indices in all rows of the file. `noun` is "response" or "level of factor 'pair'".
std::vector<int> coded(std::size_t column,
                       const Coding& coding,
                       const std::string& noun,
                       const Trials& trials,
                       const TableReading& reading) {
  const Columns& file = *reading.file;
  std::vector<int> values(file.rows(), kMissing);
  std::map<std::string, std::optional<int>> known;
  for (std::size_t row = 0; row < values.size(); ++row) {
    const std::string text = file.text(row, column);
    if (is_missing(text)) continue;
    const auto [it, is_new] = known.emplace(text, std::nullopt);
    if (is_new) it->second = coding.find(text);
    if (it->second) {
      values[row] = *it->second;
    } else if (trials.is_in_use(row)) {
      reading.sources.mistake(file,
                              row,
                              column,
                              "'" + text + "' in column '" + file.names()[column] + "' is no " +
                                  noun + " of " + reading.what,
                              hint_for(text, coding));
    }
  }
  return values;
}

// The levels' indices in all rows, in order of appearance; new levels enter the book.
std::vector<int> collected(std::size_t column, SharedLabels& levels, const TableReading& reading) {
  const Columns& file = *reading.file;
  std::vector<int> values(file.rows(), kMissing);
  for (std::size_t row = 0; row < values.size(); ++row) {
    const std::string text = file.text(row, column);
    if (is_missing(text)) continue;
    const auto [it, is_new] = levels.index.emplace(text, static_cast<int>(levels.names.size()));
    if (is_new) levels.names.push_back(text);
    values[row] = it->second;
  }
  return values;
}

struct Factor {
  std::string name;
  Place place;
  Node column;
  Node levels;
};

Factor read_factor(const std::string& name,
                   const Place& place,
                   const Node& node,
                   const TableReading& reading) {
  Factor factor{name, place, node, {}};
  if (!node.is_map()) return factor;
  Reader r(node, "factor '" + name + "' of " + reading.what, reading.mistakes);
  r.text("column");
  factor.column = node["column"];
  factor.levels = r.any("levels");
  r.finish();
  return factor;
}

std::vector<Factor> read_factor_list(const Node& node, const TableReading& reading) {
  std::vector<Factor> factors;
  if (node.is_scalar()) {
    factors.push_back({node.scalar(), node.place(), node, {}});
  } else if (node.is_list()) {
    for (const Node& item : node.items()) {
      factors.push_back({item.scalar(), item.place(), item, {}});
    }
  } else if (node.is_map()) {
    for (const Entry& entry : node.entries()) {
      factors.push_back(read_factor(entry.key, entry.key_place, entry.value, reading));
    }
  } else if (!node.is_missing()) {
    reading.mistakes.add(node.place(),
                         "'factors' of " + reading.what +
                             " must be columns: a mapping of names to columns, a list or one "
                             "column, got " +
                             config::found(node));
  }
  return factors;
}

}  // namespace

std::vector<TrialFactor> read_trial_factors(const Node& factors,
                                            const Node& stimulus,
                                            const Trials& trials,
                                            TakenNames& taken,
                                            const TableReading& reading) {
  std::vector<Factor> list = read_factor_list(factors, reading);
  if (!stimulus.is_missing()) {
    list.push_back(read_factor("stimulus", stimulus.place(), stimulus, reading));
  }
  std::vector<TrialFactor> result;
  for (const Factor& factor : list) {
    if (!take_name(factor.name, factor.place, taken, reading)) continue;
    const std::string what = "the levels of factor '" + factor.name + "' of " + reading.what;
    SharedLabels here{{}, false, factor.place};
    std::optional<Coding> coding;
    if (!factor.levels.is_missing()) {
      coding = read_coding(factor.levels, what, reading.mistakes);
      if (!coding) continue;
      here = {coding->names, true, factor.levels.place()};
    }
    if (factor.column.is_missing()) continue;
    const auto column = find_column(factor.column, *reading.file, reading.mistakes);
    if (!column) continue;
    SharedLabels& shared = shared_labels({trials.name, factor.name}, here, what, reading);
    result.push_back(
        {factor.name,
         {},
         coding ? coded(*column, *coding, "level of factor '" + factor.name + "'", trials, reading)
                : collected(*column, shared, reading),
         factor.place});
  }
  return result;
}

void read_responses(const Node& column_node,
                    const Node& labels,
                    Trials& trials,
                    const TableReading& reading) {
  if (column_node.is_missing() && labels.is_missing()) return;
  if (column_node.is_missing()) {
    reading.mistakes.add(labels.place(),
                         reading.what +
                             " has 'responses' without 'response', the "
                             "column that holds them");
    return;
  }
  const auto column = find_column(column_node, *reading.file, reading.mistakes);
  if (labels.is_missing()) {
    reading.mistakes.add(column_node.place(),
                         reading.what + " has 'response' without 'responses', the labels in order",
                         "for example 'responses: [left, right]' or {wrong: 0, correct: 1}; of two "
                         "labels the second is the success and the upper bound");
    return;
  }
  const std::string what = "'responses' of " + reading.what;
  const std::optional<Coding> coding = read_coding(labels, what, reading.mistakes);
  if (!coding) return;
  shared_labels({trials.name, kResponse}, {coding->names, true, labels.place()}, what, reading);
  trials.responses = coding->names;
  if (column) trials.response = coded(*column, *coding, "response", trials, reading);
}

void settle_levels(Dataset& dataset, const LabelBook& labels) {
  for (Subject& subject : dataset.subjects) {
    for (Run& run : subject.runs) {
      for (Trials& table : run.trials) {
        for (TrialFactor& factor : table.factors) {
          const auto it = labels.find({table.name, factor.name});
          if (it != labels.end()) factor.levels = it->second.names;
        }
      }
    }
  }
}

}  // namespace insula::dataset::detail
