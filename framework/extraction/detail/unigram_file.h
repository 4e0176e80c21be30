// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "framework/extraction/detail/token_rules.h"

namespace insula::extraction::detail {

/// The parts of a tokenizer.json that are unigrams' own: model, normalizer and pre_tokenizer.
/// errors  InputError (data) that names the part which is not known
void read_unigram(const nlohmann::json& root, const std::string& file, TokenRules& rules);

}  // namespace insula::extraction::detail
