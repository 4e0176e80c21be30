// SPDX-License-Identifier: Apache-2.0
// Which columns of a file an entry of the manifest means, and when they were sampled.
#include <algorithm>
#include <cmath>
#include <set>

#include "framework/base/text.h"
#include "framework/dataset/detail/sources.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;

// A time column may differ from the even grid by this share of an interval without a word: times
// are printed with few digits.
constexpr double kJitterAllowed = 0.05;

// True if times jump over samples, which is then told; how many, and where first.
bool doubt_about_gaps(const std::string& column,
                      const std::vector<double>& times,
                      double interval,
                      const std::string& where,
                      std::vector<Finding>& doubts) {
  std::size_t gaps = 0, first = 0;
  double lost = 0;
  for (std::size_t k = 1; k < times.size(); ++k) {
    const double steps = std::round((times[k] - times[k - 1]) / interval);
    if (!(steps >= 2)) continue;
    if (gaps++ == 0) first = k;
    lost += steps - 1;
  }
  if (gaps == 0) return false;
  doubts.push_back({Finding::Severity::error,
                    "sampling_gaps",
                    where,
                    "column '" + column + "' jumps over " + short_number(lost, 6) +
                        (lost == 1 ? " sample" : " samples") + ", first after " +
                        short_number(times[first - 1], 6) +
                        " s: rows of n/a keep what follows at its time"});
  return true;
}

std::string hint(const std::string& name, const Columns& file) {
  // One long "name" that holds the separators of another format is a frequent accident.
  if (!file.is_array() && file.names().size() == 1) {
    for (const char separator : {'\t', ',', ';'}) {
      if (file.names()[0].find(separator) == std::string::npos) continue;
      return "the header was read as one column: is the format right?";
    }
  }
  return name_hint(name, file.names());
}

std::optional<Chosen> choose(const std::string& name,
                             const Place& name_place,
                             const Node& column,
                             const Columns& file,
                             Mistakes& mistakes) {
  const std::optional<std::size_t> index = find_column(column, file, mistakes);
  if (!index) return std::nullopt;
  return Chosen{name, *index, name_place};
}

void add(std::vector<Chosen>& list, const std::optional<Chosen>& item) {
  if (item) list.push_back(*item);
}

std::vector<Chosen> all_but(const std::vector<std::size_t>& except,
                            const Columns& file,
                            const Place& place) {
  std::vector<Chosen> list;
  for (std::size_t c = 0; c < file.names().size(); ++c) {
    if (std::find(except.begin(), except.end(), c) != except.end()) continue;
    list.push_back({file.names()[c], c, place});
  }
  return list;
}

std::vector<Chosen> names_for_array(const Node& node,
                                    const Columns& file,
                                    const std::string& what,
                                    Mistakes& mistakes) {
  std::vector<Chosen> list;
  if (node.items().size() != file.names().size()) {
    mistakes.add(node.place(),
                 what + " has " + std::to_string(node.items().size()) + " names for the " +
                     std::to_string(file.names().size()) + " columns of '" + file.path() + "'",
                 "a list names all columns of an array in order; {name: 0} picks single ones");
    return list;
  }
  for (std::size_t c = 0; c < node.items().size(); ++c) {
    list.push_back({node.items()[c].scalar(), c, node.items()[c].place()});
  }
  return list;
}

std::vector<Chosen> listed(const Node& node,
                           const Columns& file,
                           const std::string& what,
                           const std::vector<std::size_t>& except,
                           Mistakes& mistakes) {
  std::vector<Chosen> list;
  if (node.is_missing()) return all_but(except, file, node.place());
  if (node.is_list() && file.is_array()) return names_for_array(node, file, what, mistakes);
  if (node.is_scalar()) {
    add(list, choose(node.scalar(), node.place(), node, file, mistakes));
  } else if (node.is_list()) {
    for (const Node& item : node.items()) {
      add(list, choose(item.scalar(), item.place(), item, file, mistakes));
    }
  } else if (node.is_map()) {
    for (const Entry& entry : node.entries()) {
      add(list, choose(entry.key, entry.key_place, entry.value, file, mistakes));
    }
  } else {
    mistakes.add(node.place(),
                 what +
                     " needs columns: a mapping of names to columns, a list or one "
                     "column, got " +
                     config::found(node));
  }
  return list;
}

}  // namespace

bool is_good_name(const std::string& name) {
  if (name.empty() || name.front() == ' ' || name.back() == ' ') return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
}

std::optional<std::size_t> find_column(const Node& node, const Columns& file, Mistakes& mistakes) {
  if (!node.is_scalar()) {
    mistakes.add(node.place(), "the name of a column is expected, got " + config::found(node));
    return std::nullopt;
  }
  const std::optional<std::size_t> column = file.find(node.scalar());
  if (!column) {
    mistakes.add(node.place(),
                 "'" + file.path() + "' has no column '" + node.scalar() + "'",
                 hint(node.scalar(), file));
  }
  return column;
}

std::vector<Chosen> choose_columns(const Node& node,
                                   const Columns& file,
                                   const std::string& what,
                                   const std::vector<std::size_t>& except,
                                   Mistakes& mistakes) {
  std::vector<Chosen> list = listed(node, file, what, except, mistakes);
  std::set<std::string> names;
  std::erase_if(list, [&](const Chosen& chosen) {
    if (!is_good_name(chosen.name)) {
      mistakes.add(
          chosen.place, what + " cannot have a column named '" + chosen.name + "'", kGoodName);
    } else if (!names.insert(chosen.name).second) {
      mistakes.add(chosen.place, what + " names '" + chosen.name + "' twice");
    } else {
      return false;
    }
    return true;
  });
  return list;
}

std::optional<double> read_interval(config::Reader& reader) {
  if (!reader.node().is_map()) return std::nullopt;  // which is told already
  const auto interval = reader.optional_quantity("interval", Dimension::time, config::positive);
  const auto rate = reader.optional_quantity("rate", Dimension::rate, config::positive);
  if (reader.has("interval") && reader.has("rate")) {
    reader.mistake("rate", reader.what() + " has both 'interval' and 'rate', expected one of them");
    return std::nullopt;
  }
  if (!reader.has("interval") && !reader.has("rate")) {
    reader.mistake("interval",
                   reader.what() + " needs an 'interval' or a 'rate'",
                   "for example 'interval: 2 s' or 'rate: 60 Hz'");
  }
  if (rate) return 1 / *rate;
  return interval;
}

std::optional<std::size_t> check_time_column(const Node& node,
                                             const Columns& file,
                                             const Grid& grid,
                                             const std::string& where,
                                             Sources& sources,
                                             Mistakes& mistakes,
                                             std::vector<Finding>& doubts) {
  if (node.is_missing()) return std::nullopt;
  const std::optional<std::size_t> column = find_column(node, file, mistakes);
  if (!column || !grid.interval) return column;
  const std::vector<double> times =
      sources.numbers(file, *column, "a time in column '" + file.names()[*column] + "' is missing");
  const auto expected = [&](std::size_t k) {
    return grid.start + static_cast<double>(k) * *grid.interval;
  };
  if (doubt_about_gaps(file.names()[*column], times, *grid.interval, where, doubts)) return column;
  double largest = 0;
  std::size_t worst = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double distance = std::abs(times[k] - expected(k));
    if (distance <= largest) continue;
    largest = distance;
    worst = k;
  }
  if (largest > kJitterAllowed * *grid.interval) {
    const bool is_off = largest > 0.5 * *grid.interval;
    doubts.push_back({is_off ? Finding::Severity::error : Finding::Severity::warning,
                      "sampling_jitter",
                      where,
                      "column '" + file.names()[*column] + "' puts sample " +
                          std::to_string(worst) + " at " + short_number(times[worst], 6) +
                          " s, but start and interval put it at " +
                          short_number(expected(worst), 6) + " s"});
  }
  return column;
}

}  // namespace insula::dataset::detail
