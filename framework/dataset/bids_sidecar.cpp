// SPDX-License-Identifier: Apache-2.0
// Sidecars: JSON beside a table, with what its columns mean.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/dataset/detail/bids_files.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

using Json = nlohmann::ordered_json;

SidecarField field_of(const Json& value, const std::string& file) {
  SidecarField field;
  field.file = file;
  if (value.is_number()) field.number = value.get<double>();
  if (value.is_string()) field.text = value.get<std::string>();
  field.is_list = value.is_array();
  if (value.is_array())
    for (const Json& item : value)
      field.list.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  if (value.is_object())
    for (const auto& entry : value.items()) field.list.push_back(entry.key());
  return field;
}

[[noreturn]] void refuse_json(const std::string& path, const std::string& text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  const auto line_begin = std::find(std::make_reverse_iterator(end), text.rend(), '\n').base();
  const auto line = static_cast<int>(std::count(text.begin(), end, '\n')) + 1;
  const auto column = static_cast<int>(end - line_begin);
  throw InputError(Place{path, line, std::max(column, 1), 0, ""},
                   "the sidecar is not JSON from here on",
                   "an editor that knows JSON marks the place; a comma before '}' is not allowed",
                   ExitCode::data);
}

}  // namespace

Sidecar read_sidecar(const std::string& path) {
  refuse_absent_content(path);
  std::string text = read_bytes(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse_json(path, text, error.byte);
  } catch (const Json::exception&) {  // a number that no double holds
    refuse_bids(path, "the sidecar holds a number that is out of range");
  }
  if (!json.is_object()) refuse_bids(path, "the sidecar is no mapping, expected {\"Key\": value}");
  Sidecar fields;
  for (const auto& entry : json.items()) {
    fields.insert_or_assign(entry.key(), field_of(entry.value(), path));
    if (!entry.value().is_object()) continue;
    for (const auto& inner : entry.value().items())
      fields.insert_or_assign(entry.key() + "/" + inner.key(), field_of(inner.value(), path));
  }
  return fields;
}

std::optional<double> sidecar_number(const Sidecar& sidecar, const std::string& key) {
  const auto found = sidecar.find(key);
  if (found == sidecar.end()) return std::nullopt;
  const SidecarField& field = found->second;
  if (!field.rival.empty())
    refuse_bids(field.file,
                "'" + key + "' is another than in " + field.rival +
                    ", and both are sidecars of the same file at the same level",
                "keep it in one of them");
  if (!field.number)
    refuse_bids(field.file, "'" + key + "' is no number", "write it without quotes");
  return field.number;
}

std::string sidecar_text(const Sidecar& sidecar, const std::string& key) {
  const auto found = sidecar.find(key);
  return found == sidecar.end() ? "" : found->second.text.value_or("");
}

}  // namespace insula::dataset::detail
