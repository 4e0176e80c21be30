// SPDX-License-Identifier: Apache-2.0
// How things go wrong, and how a person is told.
//
// Two exceptions exist. InputError means that the user's file or command is at fault and carries
// every mistake found, each with its place; InternalError means that ours is. Numbers that go wrong
// while a model runs are not exceptions: see outcome.h.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace insula {

/// A position in a text file, 1-based; line 0 means the file as a whole. `source_line` is the text
/// of that line (without its line end) and `width` the number of columns to underline.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  int width = 0;
  std::string source_line;

  friend bool operator==(const Place&, const Place&) = default;
};

/// One thing that is wrong with an input. `message` is a sentence in the present tense: what is
/// wrong with what, what was expected, what was found. `note` holds at most one remedy.
struct Mistake {
  Place place;
  std::string message;
  std::string note;
};

/// The mistakes found so far. Readers add to it and go on, so that one run reports them all.
class Mistakes {
 public:
  void add(Place place, std::string message, std::string note = {});
  void add(const std::vector<Mistake>& more);
  /// Takes a mistake back that another has turned out to explain.
  void withdraw(const Place& place, const std::string& message);
  bool empty() const { return list_.empty(); }
  /// Sorted by file and line; equal places keep the order in which they were found.
  std::vector<Mistake> sorted() const;
  /// Throws InputError with all mistakes; does nothing if there are none.
  void throw_if_any() const;

 private:
  std::vector<Mistake> list_;
};

/// Exit codes of the command line, after sysexits(3).
enum class ExitCode {
  success = 0,
  usage = 64,
  data = 65,
  no_input = 66,
  internal = 70,
  config = 78
};

/// The user's input is at fault. what() is the full text of every mistake, ready to print.
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::vector<Mistake> mistakes, ExitCode code = ExitCode::config);
  /// One mistake about a file as a whole, or about no file (`place` default).
  InputError(Place place,
             std::string message,
             std::string note = {},
             ExitCode code = ExitCode::config);
  const std::vector<Mistake>& mistakes() const { return mistakes_; }
  ExitCode code() const { return code_; }

 private:
  std::vector<Mistake> mistakes_;
  ExitCode code_;
};

/// Insula is at fault; the text asks the user to report it.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& what);
};

/// The text of one mistake:
///
///     file:line:column: error: message
///        14 |     tau: -0.1 s
///           |          ^~~~~~
///       note: remedy
std::string to_text(const Mistake& mistake);

}  // namespace insula
