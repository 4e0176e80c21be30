// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "framework/command/checked.h"

namespace insula::command {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Mistake& mistake) {
  Json json;
  if (!mistake.place.file.empty()) json["file"] = mistake.place.file;
  if (mistake.place.line > 0) {
    json["line"] = mistake.place.line;
    json["column"] = mistake.place.column;
  }
  json["message"] = mistake.message;
  if (!mistake.note.empty()) json["note"] = mistake.note;
  return json;
}

Json json_of(const Doubt& doubt) {
  Json json;
  json["severity"] = to_text(doubt.severity);
  if (!doubt.check.empty()) json["check"] = doubt.check;
  if (!doubt.where.empty()) json["where"] = doubt.where;
  json.update(json_of(doubt.mistake));
  return json;
}

Json json_of(const Checked& file) {
  Json json;
  json["file"] = file.file;
  json["document"] = file.document;
  json["name"] = file.name;
  json["exit_code"] = static_cast<int>(file.code);
  json["mistakes"] = Json::array();
  for (const Mistake& mistake : file.mistakes) json["mistakes"].push_back(json_of(mistake));
  json["doubts"] = Json::array();
  for (const Doubt& doubt : file.doubts) json["doubts"].push_back(json_of(doubt));
  if (!file.notes.empty()) json["notes"] = file.notes;
  return json;
}

}  // namespace

std::string to_json(const std::vector<Checked>& files) {
  Json json = Json::array();
  for (const Checked& file : files) json.push_back(json_of(file));
  // Bytes of a file that are no UTF-8 are shown as such and do not end the program.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace insula::command
