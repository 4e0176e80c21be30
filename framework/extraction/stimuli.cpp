// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/stimuli.h"

#include <map>
#include <optional>

#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/dataset/table.h"
#include "framework/extraction/detail/unicode.h"

namespace insula::extraction {
namespace {

using dataset::Table;

std::size_t column_of(const Table& table, const std::string& path, const std::string& name) {
  if (const auto column = table.find(name)) return *column;
  throw InputError(Place{path, 0, 0, 0, ""},
                   "the table has no column '" + name + "'",
                   name_hint(name, table.names(), "it has"),
                   ExitCode::data);
}

char delimiter_of(const std::string& path) {
  const std::string name = path.ends_with(".gz") ? path.substr(0, path.size() - 3) : path;
  if (name.ends_with(".tsv") || name.ends_with(".txt")) return '\t';
  if (name.ends_with(".csv")) return ',';
  throw InputError(Place{path, 0, 0, 0, ""},
                   "stimuli are listed in a table, but this is no .tsv or .csv file",
                   "its first line names the columns",
                   ExitCode::data);
}

Table table_of(const std::string& path) {
  const char delimiter = delimiter_of(path);
  std::string bytes = dataset::read_bytes(path);
  if (dataset::is_gzip(bytes)) bytes = dataset::gunzip(bytes, path);
  return {std::move(bytes), path, delimiter};
}

}  // namespace

StimulusList read_stimuli(const std::string& path,
                          const std::string& content,
                          const std::string& key) {
  const Table table = table_of(path);
  const std::size_t at = column_of(table, path, content);
  const std::size_t name_at = key.empty() ? at : column_of(table, path, key);
  StimulusList list;
  std::map<std::string, std::size_t> first;
  Mistakes mistakes;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string name = table.text(row, name_at), what = table.text(row, at);
    if (dataset::is_missing(name)) continue;
    if (what.empty()) mistakes.add(table.place(row, at), "the stimulus '" + name + "' is missing");
    if (!detail::characters_of(what) || !detail::characters_of(name)) {
      mistakes.add(table.place(row, at), "the stimulus is not in UTF-8", "save the table as UTF-8");
      continue;
    }
    const auto [seen, is_new] = first.emplace(name, list.names.size());
    if (!is_new && list.contents[seen->second] != what) {
      mistakes.add(table.place(row, at),
                   "'" + name + "' names another stimulus than before",
                   "the first stands in line " + std::to_string(list.places[seen->second].line) +
                       ": '--key' gives each its "
                       "own name");
    }
    if (!is_new) continue;
    list.names.push_back(name);
    list.contents.push_back(what);
    list.places.push_back(table.place(row, at));
  }
  const std::vector<Mistake> found = mistakes.sorted();
  if (!found.empty()) {
    const std::size_t shown = std::min(found.size(), dataset::kMistakesShown);
    throw InputError({found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shown)},
                     ExitCode::data);
  }
  if (list.names.empty()) {
    throw InputError(Place{path, 0, 0, 0, ""}, "the table lists no stimuli", "", ExitCode::data);
  }
  return list;
}

}  // namespace insula::extraction
