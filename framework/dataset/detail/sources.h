// SPDX-License-Identifier: Apache-2.0
// The files that a manifest names: found, read, fingerprinted, and their mistakes kept together.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "framework/base/error.h"
#include "framework/config/reader.h"
#include "framework/dataset/array.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/table.h"

namespace insula::dataset::detail {

/// Columns of numbers or text with names, from whatever format. Those of an array are named "0",
/// "1", … by their position.
class Columns {
 public:
  Columns(std::string path, std::variant<Table, Eigen::MatrixXd> content);
  /// An array that has a trial in each row, made long: the columns "value", "trial" and "sample".
  static Columns of_trials(std::string path, const Eigen::MatrixXd& trials);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& names() const { return names_; }
  bool is_array() const { return std::holds_alternative<Eigen::MatrixXd>(content_); }
  std::size_t rows() const;
  std::optional<std::size_t> find(const std::string& name) const;
  /// NaN if missing; nothing if it is no finite number.
  std::optional<double> number(std::size_t row, std::size_t column) const;
  std::string text(std::size_t row, std::size_t column) const;
  Place place(std::size_t row, std::size_t column) const;
  /// " at row 3, column 0 (counted from 0)" for an array, whose places have no line; else "".
  std::string position(std::size_t row, std::size_t column) const;

 private:
  std::string path_;
  std::variant<Table, Eigen::MatrixXd> content_;
  std::vector<std::string> names_;
};

struct FileContent;

/// Opens files, each read once while it is in use and listed once. Mistakes in a file are reported
/// once however often it is named, and at most kMistakesShown of them.
class Sources {
 public:
  Sources(const std::string& manifest_path, Mistakes& mistakes);

  /// The file that `key` names, read as its extension or the keys 'format' and 'rows' say; of a
  /// file with several arrays, the one that 'array', 'tensor' or 'dataset' names; of a table
  /// without a row of names, 'header' gives them. Nothing, with a mistake, if that fails.
  std::shared_ptr<const Columns> open(config::Reader& reader, const std::string& key);

  /// The file that a scalar names, read as its extension says.
  std::shared_ptr<const Columns> open(const config::Node& path);
  /// True if the extension tells a format that open() reads.
  static bool names_file(const std::string& path);

  /// A file of features: an array that is not read yet, or a table.
  struct Features {
    Array values;
    std::shared_ptr<const Columns> table;  // then there are no values
    std::string shown_as, array, sha256;
  };
  std::optional<Features> open_features(config::Reader& reader, const std::string& key);

  /// A column of numbers, NaN where missing. `missing` is the message for a missing value where
  /// none is allowed, "" where one is.
  std::vector<double> numbers(const Columns& file,
                              std::size_t column,
                              const std::string& missing = {});
  void mistake(const Columns& file,
               std::size_t row,
               std::size_t column,
               std::string message,
               std::string note = {});

  /// Hands the mistakes in the files over and gives the list of files, the manifest first.
  std::vector<SourceFile> finish();

 private:
  struct Log {
    std::vector<Mistake> shown;
    std::set<std::pair<std::size_t, std::size_t>> cells;  // (row, column) of all wrong cells
    bool is_unreadable = false;
  };
  std::optional<std::string> resolve(const std::string& path, const Place& place);
  // How a file is to be read.
  struct Layout {
    std::string format;
    std::string array;  // its name in a file of several
    bool has_trials_in_rows = false;
    Place file_place, array_place;    // in the manifest
    std::vector<std::string> header;  // names of a table's columns that it lacks itself

    std::string text() const {
      std::string names;
      for (const std::string& name : header) names += "\t" + name;
      return format + (has_trials_in_rows ? "/trials:" : ":") + array + names + ":";
    }
  };
  // A file to read, where it lies and how.
  struct Named {
    std::string path, shown_as;
    Layout layout;
  };
  std::optional<Named> named(config::Reader& reader, const std::string& key, bool takes_rows);
  std::shared_ptr<const Columns> read(const Named& file);
  // Lists the file and hands its content over; the mistakes that this gives are kept.
  void attempt(const Named& file, const std::function<void(FileContent&)>& use);

  std::string folder_;
  Mistakes& mistakes_;
  std::vector<SourceFile> files_;
  std::map<std::string, std::string> hashes_;  // of the files listed, by path
  std::map<std::string, Array> arrays_;        // of features, by layout and path
  std::set<std::string> unset_variables_;
  std::map<std::string, Log> logs_;                                         // by path
  std::list<std::pair<std::string, std::shared_ptr<const Columns>>> open_;  // newest first
};

/// A name that may go into "subject/run/recording/channel" and into file names.
bool is_good_name(const std::string& name);
inline constexpr const char* kGoodName =
    "a name is not empty, holds no '/' and no control characters, and has no spaces around it";

/// A column and the name it is to have.
struct Chosen {
  std::string name;
  std::size_t column;
  Place place;
};

/// Columns chosen by {name: column, …}, a list of columns or one column; all but `except` if the
/// node is missing. A list for an array names its columns in order. `what` is the subject of
/// messages ("recording 'bold'"). Wrong, repeated and unknown names are mistakes.
std::vector<Chosen> choose_columns(const config::Node& node,
                                   const Columns& file,
                                   const std::string& what,
                                   const std::vector<std::size_t>& except,
                                   Mistakes& mistakes);

/// The column that a scalar names; nothing, with a mistake, if there is none.
std::optional<std::size_t> find_column(const config::Node& node,
                                       const Columns& file,
                                       Mistakes& mistakes);

/// 'interval' or 'rate', exactly one of them, as an interval in s.
std::optional<double> read_interval(config::Reader& reader);

/// When samples were taken: sample k at start + k·interval.
struct Grid {
  double start = 0;                // s
  std::optional<double> interval;  // s; nothing after a mistake
};

/// Compares the column that `node` names (times in s; no node: no such column) with the grid. Gives
/// the column; doubts go to `doubts` under the name `where`.
std::optional<std::size_t> check_time_column(const config::Node& node,
                                             const Columns& file,
                                             const Grid& grid,
                                             const std::string& where,
                                             Sources& sources,
                                             Mistakes& mistakes,
                                             std::vector<Finding>& doubts);

}  // namespace insula::dataset::detail
