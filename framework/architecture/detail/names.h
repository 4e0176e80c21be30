// SPDX-License-Identifier: Apache-2.0
// How regions, projections and parameters are named in YAML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insula::architecture::detail {

/// True if regions, inputs, observations and learners may be called so: letters (of any script),
/// digits, '_',
/// '-' and '+', not starting with '-' or '+'. Dots, spaces and arrows are for the names of
/// projections and parameters.
bool is_name(std::string_view text);

/// "V1 -> V5", and "V1 -> V5 (2)" for the second of that source and target.
struct ProjectionName {
  std::string source, target;
  int ordinal = 1;
};

/// Spaces are free. Nothing if `text` is not "source -> target" with an optional ordinal.
std::optional<ProjectionName> read_projection_name(std::string_view text);
std::string to_text(const ProjectionName& name);

/// The name with the spaces that we write: "V1->V5(2).strength" is "V1 -> V5 (2).strength". A name
/// without an arrow is as it was.
std::string tidy_name(const std::string& name);

/// The factors of a term of a predictor: "pupil*condition.scene" is pupil and condition.scene.
/// Nothing if one of them is neither a name nor a name, a dot and a level.
std::optional<std::vector<std::string>> read_term(std::string_view text);

/// The part of a parameter's name before its first dot: "V1 -> V5" of "V1 -> V5.strength".
std::string owner_of(const std::string& parameter);

/// `text` as a YAML scalar that reads back as the same text: in quotes if it would not.
std::string yaml_text(const std::string& text);

}  // namespace insula::architecture::detail
