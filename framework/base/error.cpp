// SPDX-License-Identifier: Apache-2.0
#include "framework/base/error.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace insula {
namespace {

std::string place_text(const Place& place) {
  if (place.file.empty()) return "";
  if (place.line == 0) return place.file + ": ";
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": ";
}

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Blank columns under the first `columns` characters of a line: tabs are kept, so that the caret
// stands under the right character however wide the terminal draws them.
std::string blanks_under(const std::string& line, int columns) {
  std::string blanks;
  for (char c : line) {
    if (continues_a_character(c)) continue;
    if (static_cast<int>(blanks.size()) == columns) break;
    blanks += c == '\t' ? '\t' : ' ';
  }
  blanks.resize(static_cast<std::size_t>(std::max(columns, 0)), ' ');
  return blanks;
}

std::string excerpt(const Place& place) {
  if (place.line == 0 || place.source_line.empty()) return "";
  std::string number = std::to_string(place.line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  std::string text = "\n" + number + " | " + place.source_line;
  if (place.column < 1) return text;
  const auto tail = static_cast<std::size_t>(std::max(place.width - 1, 0));
  return text + "\n" + std::string(number.size(), ' ') + " | " +
         blanks_under(place.source_line, place.column - 1) + "^" + std::string(tail, '~');
}

std::string all_texts(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    if (!text.empty()) text += "\n";
    text += to_text(mistake);
  }
  return text;
}

}  // namespace

void Mistakes::add(Place place, std::string message, std::string note) {
  // Files that extend one file inherit its mistakes, which are told once.
  const bool is_told = std::ranges::any_of(
      list_, [&](const Mistake& told) { return told.place == place && told.message == message; });
  if (!is_told) list_.push_back({std::move(place), std::move(message), std::move(note)});
}

void Mistakes::add(const std::vector<Mistake>& more) {
  for (const Mistake& mistake : more) add(mistake.place, mistake.message, mistake.note);
}

void Mistakes::withdraw(const Place& place, const std::string& message) {
  std::erase_if(
      list_, [&](const Mistake& told) { return told.place == place && told.message == message; });
}

std::vector<Mistake> Mistakes::sorted() const {
  std::vector<Mistake> list = list_;
  std::stable_sort(list.begin(), list.end(), [](const Mistake& a, const Mistake& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) <
           std::tie(b.place.file, b.place.line, b.place.column);
  });
  return list;
}

void Mistakes::throw_if_any() const {
  if (!empty()) throw InputError(sorted());
}

InputError::InputError(std::vector<Mistake> mistakes, ExitCode code)
    : std::runtime_error(all_texts(mistakes)), mistakes_(std::move(mistakes)), code_(code) {}

InputError::InputError(Place place, std::string message, std::string note, ExitCode code)
    : InputError({Mistake{std::move(place), std::move(message), std::move(note)}}, code) {}

InternalError::InternalError(const std::string& what)
    : std::logic_error("internal error: " + what +
                       "\n  note: Insula is at fault, not your files; please report this text") {}

std::string to_text(const Mistake& mistake) {
  std::string text = place_text(mistake.place) + "error: " + mistake.message;
  text += excerpt(mistake.place);
  if (!mistake.note.empty()) text += "\n  note: " + mistake.note;
  return text;
}

}  // namespace insula
