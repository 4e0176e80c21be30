// SPDX-License-Identifier: Apache-2.0
// What subjects of a BIDS dataset differ by.
//
// source  BIDS 1.9, "Participants file"
#include <algorithm>

#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"

namespace insula::dataset::detail {
namespace {

constexpr const char* kParticipants = "participants.tsv";
constexpr const char* kId = "participant_id";
constexpr std::size_t kMostGroups = 12;

// The ids in the table; a second row of one is a mistake.
std::set<std::string> ids_in(const Table& table, std::size_t column) {
  std::map<std::string, std::size_t> rows;
  std::set<std::string> ids;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string id = table.text(row, column);
    const auto [first, is_new] = rows.emplace(id, row);
    if (!is_new)
      throw InputError(table.place(row, column),
                       "subject '" + id + "' has a second row, the first is in line " +
                           std::to_string(table.place(first->second, column).line),
                       "remove the one that is wrong",
                       ExitCode::data);
    ids.insert(id);
  }
  return ids;
}

void add_covariate(const std::string& name,
                   const ColumnContent& content,
                   const Sidecar& sidecar,
                   BidsParticipants& participants,
                   std::vector<std::string>& notes) {
  const auto told = sidecar.find(name + "/Levels");
  const bool has_levels = told != sidecar.end() && !told->second.list.empty();
  if (content.is_numeric && !has_levels) {
    participants.columns.push_back({name, tidy_unit(sidecar_text(sidecar, name + "/Units")), {}});
  } else if (content.levels.size() > kMostGroups) {
    notes.push_back("column '" + name + "' of participants.tsv has " +
                    std::to_string(content.levels.size()) + " different texts and is left out");
  } else if (content.levels.size() > 1) {
    participants.factors.push_back({name, "", levels_in_order(content, name, sidecar)});
  }
}

}  // namespace

BidsParticipants read_participants(const BidsFolder& raw,
                                   const std::vector<BidsSubject>& subjects,
                                   std::vector<std::string>& notes) {
  BidsParticipants participants;
  if (!raw.has(kParticipants)) return participants;
  const std::string path = raw.path(kParticipants);
  const Table table = read_bids_table(path);
  const auto column = table.find(kId);
  if (!column)
    refuse_bids(path,
                std::string("it has no column '") + kId + "'",
                name_hint(kId, table.names(), "the columns are"));
  const std::set<std::string> ids = ids_in(table, *column);
  for (const BidsSubject& subject : subjects) {
    if (ids.contains(subject.id)) continue;
    notes.push_back("participants.tsv has no row of " + subject.id +
                    ", so its columns are left out");
    return participants;
  }
  participants.file = path;
  const Sidecar sidecar = raw.sidecar("", {{}, "participants", ".tsv"});
  for (const std::string& name : table.names()) {
    const ColumnContent content = content_of(name, {&table});
    if (name != kId && content.is_there) add_covariate(name, content, sidecar, participants, notes);
  }
  if (participants.columns.empty() && participants.factors.empty()) participants.file.clear();
  return participants;
}

}  // namespace insula::dataset::detail
