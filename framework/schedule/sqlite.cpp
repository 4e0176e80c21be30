// SPDX-License-Identifier: Apache-2.0
#include "framework/schedule/detail/sqlite.h"

#include <chrono>
#include <thread>

#include "framework/base/error.h"

namespace insula::schedule::detail {
namespace {

// Another process may be writing its task; it takes milliseconds.
constexpr std::chrono::milliseconds kPatience{60000};

struct Refusal {
  std::string message, note;
};

Refusal in_words(int code, const std::string& says) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {"the disk is full; the tasks that had ended are kept",
              "free some space and run the same command again"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {"this is not a store of finished tasks, or it is damaged (" + says + ")",
              "move the file away; what it held is computed again"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return {"the store of finished tasks cannot be written (" + says + ")",
              "choose a folder that you may write to with --out"};
    case SQLITE_BUSY:
      return {"another process holds the store of finished tasks",
              "wait until it has ended, or choose another folder with --out"};
    default:
      return {"the store of finished tasks cannot be used (" + says +
                  "); the tasks that had ended are kept",
              "run the same command again when the disk is in order"};
  }
}

}  // namespace

void refuse(const std::string& path, int code, const std::string& says) {
  Place place;
  place.file = path;
  const Refusal refusal = in_words(code, says);
  throw InputError(place, refusal.message, refusal.note, ExitCode::data);
}

Connection::Connection(const std::string& path, int flags) : path_(path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) detail::refuse(path, code, sqlite3_errstr(code));
  sqlite3_busy_timeout(handle, static_cast<int>(kPatience.count()));
}

void Connection::run(const char* statements) const {
  if (sqlite3_exec(get(), statements, nullptr, nullptr, nullptr) != SQLITE_OK) refuse();
}

// Two processes that open a new store at once both hold it shared and both want it alone. SQLite
// turns one away without the wait that it grants elsewhere, since waiting could not help while it
// holds on (sqlite.org/c3ref/busy_handler.html); by now it has let go and may ask again.
void Connection::write_ahead() const {
  using std::chrono::steady_clock;
  const steady_clock::time_point end = steady_clock::now() + kPatience;
  const char* const ask = "PRAGMA journal_mode=WAL";
  for (;;) {
    const int code = sqlite3_exec(get(), ask, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if ((code & 0xff) != SQLITE_BUSY || steady_clock::now() > end) refuse();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Statement::Statement(const Connection& connection, const char* text) : connection_(connection) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v2(connection.get(), text, -1, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) connection.refuse();
}

Statement& Statement::bound(int code) {
  if (code != SQLITE_OK) connection_.refuse();
  ++next_;
  return *this;
}
Statement& Statement::bind(std::string_view text) {
  return bound(sqlite3_bind_text64(
      handle_.get(), next_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}
Statement& Statement::bind_bytes(std::string_view bytes) {
  return bound(
      sqlite3_bind_blob64(handle_.get(), next_, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
}
Statement& Statement::bind(double number) {
  return bound(sqlite3_bind_double(handle_.get(), next_, number));
}
Statement& Statement::bind(std::int64_t number) {
  return bound(sqlite3_bind_int64(handle_.get(), next_, number));
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) connection_.refuse();
  return code == SQLITE_ROW;
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  next_ = 1;
}

std::string Statement::text(int column) const {
  const void* const from = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return from == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(from), static_cast<std::size_t>(size));
}

}  // namespace insula::schedule::detail
