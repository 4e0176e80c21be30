// SPDX-License-Identifier: Apache-2.0
// The whole text of what is wrong with a document, for tests that compare every character.
#pragma once

#include <string>

#include "framework/base/error.h"
#include "framework/config/node.h"
#include "framework/config/reader.h"

namespace insula::config {

/// "" if the text is accepted.
inline std::string syntax_mistakes(const std::string& text) {
  try {
    parse_text(text, "a.yaml");
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

/// What `read` finds wrong with the mapping `text`, which messages call "region 'V1'".
template <class Read>
std::string reading_mistakes(const std::string& text, const Read& read) {
  Mistakes mistakes;
  Reader reader(parse_text(text, "a.yaml"), "region 'V1'", mistakes);
  read(reader);
  try {
    mistakes.throw_if_any();
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace insula::config
