// SPDX-License-Identifier: Apache-2.0
// SQLite as values: a connection, and statements that are bound, stepped and read in order.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

namespace insula::schedule::detail {

/// Throws InputError about the file with what SQLite says in the user's words.
[[noreturn]] void refuse(const std::string& path, int code, const std::string& says);

class Connection {
 public:
  Connection(const std::string& path, int flags);
  sqlite3* get() const { return handle_.get(); }
  const std::string& path() const { return path_; }
  void run(const char* statements) const;
  /// From now on others read while one writes.
  void write_ahead() const;
  [[noreturn]] void refuse() const {
    detail::refuse(path_, sqlite3_extended_errcode(get()), sqlite3_errmsg(get()));
  }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement(const Connection& connection, const char* text);

  Statement& bind(std::string_view text);
  Statement& bind_bytes(std::string_view bytes);
  Statement& bind(double number);
  Statement& bind(std::int64_t number);
  /// True while there is a row.
  bool step();
  /// Makes it ready to be bound and stepped again.
  void reset();

  std::string text(int column) const;  // or bytes
  double number(int column) const { return sqlite3_column_double(handle_.get(), column); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

 private:
  struct Finalise {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  Statement& bound(int code);

  const Connection& connection_;
  int next_ = 1;
  std::unique_ptr<sqlite3_stmt, Finalise> handle_;
};

}  // namespace insula::schedule::detail
