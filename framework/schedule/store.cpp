// SPDX-License-Identifier: Apache-2.0
#include "framework/schedule/store.h"

#include <filesystem>
#include <mutex>

#include "framework/base/error.h"
#include "framework/schedule/detail/database.h"
#include "framework/schedule/detail/process.h"

namespace insula::schedule {
namespace {

namespace fs = std::filesystem;
using detail::Connection;
using detail::Statement;

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS task(
    key TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
    seconds REAL NOT NULL, result BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS plan(
    position INTEGER PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS run(
    host TEXT NOT NULL, process INTEGER NOT NULL, born TEXT NOT NULL, threads INTEGER NOT NULL,
    experiment TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS claim(
    key TEXT PRIMARY KEY, host TEXT NOT NULL, process INTEGER NOT NULL, born TEXT NOT NULL);
)";

std::string made(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return detail::store_path(folder);
  Place place;
  place.file = folder;
  throw InputError(place, "the folder cannot be made: " + error.message(), "", ExitCode::data);
}

// All or nothing.
class Transaction {
 public:
  explicit Transaction(const Connection& connection) : connection_(connection) {
    connection.run("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!is_done_) sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() {
    connection_.run("COMMIT");
    is_done_ = true;
  }

 private:
  const Connection& connection_;
  bool is_done_ = false;
};

}  // namespace

struct Store::Database {
  explicit Database(const std::string& folder)
      : connection(made(folder), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {
    connection.write_ahead();
    connection.run("PRAGMA synchronous=NORMAL");
    Transaction transaction(connection);
    detail::check_is_store(connection);
    connection.run(kSchema);
    connection.run(("PRAGMA application_id=" + std::to_string(detail::kApplication)).c_str());
    connection.run(("PRAGMA user_version=" + std::to_string(detail::kVersion)).c_str());
    transaction.commit();
    find.emplace(connection, "SELECT result FROM task WHERE key=?");
    keep.emplace(connection, "INSERT OR REPLACE INTO task VALUES(?,?,?,?,?,?)");
  }

  Connection connection;
  mutable std::mutex use;  // of the statements, one thread at a time
  mutable std::optional<Statement> find;
  std::optional<Statement> keep;
};

bool detail::check_is_store(const Connection& connection) {
  Statement application(connection, "PRAGMA application_id");
  Statement version(connection, "PRAGMA user_version");
  Statement tables(connection, "SELECT count(*) FROM sqlite_master");
  application.step();
  version.step();
  tables.step();
  if (tables.integer(0) == 0) return false;
  if (application.integer(0) != kApplication)
    refuse(connection.path(), SQLITE_NOTADB, "another program's database");
  if (version.integer(0) != kVersion)
    refuse(connection.path(),
           SQLITE_NOTADB,
           "written by another version, with layout " + std::to_string(version.integer(0)));
  return true;
}

Store::Store(const std::string& folder) : database_(std::make_unique<Database>(folder)) {}
Store::~Store() = default;

std::optional<std::string> Store::find(const std::string& key) const {
  const std::lock_guard lock(database_->use);
  Statement& find = *database_->find;
  find.reset();
  find.bind(key);
  std::optional<std::string> result;
  if (find.step()) result = find.text(0);
  find.reset();
  return result;
}

void Store::keep(const PlannedTask& task, const FinishedTask& finished) {
  const std::lock_guard lock(database_->use);
  Statement& keep = *database_->keep;
  keep.reset();
  keep.bind(task.key)
      .bind(task.name)
      .bind(finished.status)
      .bind(finished.reason)
      .bind(finished.seconds)
      .bind_bytes(finished.result);
  keep.step();
  keep.reset();
}

bool Store::claim(const std::string& key) {
  const std::lock_guard lock(database_->use);
  const Connection& connection = database_->connection;
  Transaction transaction(connection);
  const detail::Process me = detail::this_process();
  Statement known(connection, "SELECT host, process, born FROM claim WHERE key=?");
  known.bind(key);
  if (known.step()) {
    const detail::Process other{known.text(0), known.integer(1), known.text(2)};
    const bool is_mine = other.id == me.id && other.born == me.born && other.host == me.host;
    if (!is_mine && detail::is_alive(other)) return false;
  }
  known.reset();
  Statement add(connection, "INSERT OR REPLACE INTO claim VALUES(?,?,?,?)");
  add.bind(key).bind(me.host).bind(me.id).bind(me.born);
  add.step();
  transaction.commit();
  return true;
}

void Store::plan(const std::string& experiment,
                 int threads,
                 const std::vector<PlannedTask>& tasks) {
  const std::lock_guard lock(database_->use);
  const Connection& connection = database_->connection;
  Transaction transaction(connection);
  connection.run("DELETE FROM plan");
  Statement add(connection, "INSERT INTO plan VALUES(?,?,?)");
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    add.bind(static_cast<std::int64_t>(i)).bind(tasks[i].key).bind(tasks[i].name);
    add.step();
    add.reset();
  }
  const detail::Process me = detail::this_process();
  // One line for each process of the same plan; those of this machine that have ended go.
  Statement others(connection, "SELECT rowid, host, process, born FROM run");
  std::vector<std::int64_t> ended;
  while (others.step()) {
    const detail::Process other{others.text(1), others.integer(2), others.text(3)};
    if (other.host == me.host && !detail::is_alive(other)) ended.push_back(others.integer(0));
  }
  Statement forget(connection, "DELETE FROM run WHERE rowid=?");
  for (const std::int64_t row : ended) {
    forget.bind(row);
    forget.step();
    forget.reset();
  }
  Statement here(connection, "INSERT INTO run VALUES(?,?,?,?,?)");
  here.bind(me.host).bind(me.id).bind(me.born).bind(std::int64_t{threads}).bind(experiment);
  here.step();
  transaction.commit();
}

std::size_t Store::take_over(const std::string& folder) {
  const Connection other(detail::store_path(folder), SQLITE_OPEN_READWRITE);
  if (!detail::check_is_store(other)) return 0;
  Statement from(other, "SELECT key, name, status, reason, seconds, result FROM task ORDER BY key");
  const std::lock_guard lock(database_->use);
  Transaction transaction(database_->connection);
  std::size_t taken = 0;
  Statement keep(database_->connection, "INSERT OR IGNORE INTO task VALUES(?,?,?,?,?,?)");
  while (from.step()) {
    keep.reset();
    for (int column = 0; column < 4; ++column) keep.bind(from.text(column));
    keep.bind(from.number(4)).bind_bytes(from.text(5));
    keep.step();
    taken += static_cast<std::size_t>(sqlite3_changes(database_->connection.get()));
  }
  transaction.commit();
  return taken;
}

}  // namespace insula::schedule
