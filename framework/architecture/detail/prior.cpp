// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/prior.h"

#include <array>
#include <string_view>
#include <utility>

#include "framework/base/text.h"
#include "framework/config/reader.h"

namespace insula::architecture::detail {
namespace {

using config::Entry;
using config::Node;

int character_count(std::string_view text) {
  int count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

bool is_open(const Node& node) {
  const std::string& text = node.scalar();
  return !node.quoted() && text.find('(') != std::string::npos &&
         text.find(')') == std::string::npos;
}

// Inside {} YAML ends a plain text at a comma: {prior: normal(0, 1)} holds the keys 'prior' and
// '1)'. Such a text is put together again, so that priors can be written in one line.
Node with_whole_texts(const Node& map) {
  Node::Data whole{Node::Kind::map, map.place(), {}, false, {}, {}};
  for (const Entry& entry : map.entries()) {
    const bool continues = !whole.entries.empty() && is_open(whole.entries.back().value) &&
                           entry.value.kind() == Node::Kind::null;
    if (!continues) {
      whole.entries.push_back(entry);
      continue;
    }
    const Node& start = whole.entries.back().value;
    Node::Data text{Node::Kind::scalar, start.place(), start.scalar(), false, {}, {}};
    text.scalar += ", " + entry.key;
    if (entry.key_place.line == text.place.line) {
      text.place.width = entry.key_place.column + entry.key_place.width - text.place.column;
    }
    whole.entries.back().value = Node(std::make_shared<const Node::Data>(std::move(text)));
  }
  return Node(std::make_shared<const Node::Data>(std::move(whole)));
}

config::Range range_of(Domain domain) {
  switch (domain) {
    case Domain::real: return config::any_number;
    case Domain::positive: return config::positive;
    case Domain::unit_interval: return config::unit_interval;
  }
  return config::any_number;
}

Dimension dimension_of(const Parameter& parameter) {
  const auto dimension = insula::dimension_of(parameter.unit);
  if (!dimension) {
    throw InternalError("the unit '" + parameter.unit + "' of '" + parameter.name + "' is unknown");
  }
  return *dimension;
}

// "normal(0 1/s, 0.5 1/s)" in pieces: the form's name, and its arguments with their places.
struct Pieces {
  std::string form;
  std::vector<Node> arguments;
};

Node piece(const Node& whole, std::size_t first, std::size_t end) {
  const std::string& text = whole.scalar();
  while (first < end && text[first] == ' ') ++first;
  while (end > first && text[end - 1] == ' ') --end;
  Node::Data data{
      Node::Kind::scalar, whole.place(), text.substr(first, end - first), false, {}, {}};
  data.place.column += character_count(std::string_view(text).substr(0, first)) + whole.quoted();
  data.place.width = character_count(data.scalar);
  return Node(std::make_shared<const Node::Data>(std::move(data)));
}

std::optional<Pieces> split(const Node& node) {
  const std::string& text = node.scalar();
  const std::size_t open = text.find('(');
  if (open == std::string::npos || !text.ends_with(')')) return {};
  Pieces pieces{piece(node, 0, open).scalar(), {}};
  std::size_t first = open + 1;
  while (first < text.size()) {
    const std::size_t end = std::min(text.find(',', first), text.size() - 1);
    pieces.arguments.push_back(piece(node, first, end));
    first = end + 1;
  }
  return pieces;
}

std::string domain_reason(Domain domain) {
  switch (domain) {
    case Domain::real: return "it may have any sign";
    case Domain::positive: return "it is positive";
    case Domain::unit_interval: return "it lies between 0 and 1";
  }
  return "";
}

// A valid prior around the default, for the note.
std::string example(Parameter parameter) {
  constexpr double kUsualSd = 0.25;
  if (parameter.prior_sd <= 0) parameter.prior_sd = kUsualSd;
  return "for example " + prior_text(parameter);
}

// Also catches a form that is right for another domain: θ would not be what the user means.
bool is_right_form(const std::optional<Pieces>& pieces, Domain domain) {
  const std::string form = prior_form(domain);
  return pieces && pieces->form == form.substr(0, form.find('(')) && pieces->arguments.size() == 2;
}

void read_prior(Setting& setting,
                const Node& node,
                const std::string& name,
                const Parameter& parameter,
                Mistakes& mistakes) {
  const std::optional<Pieces> pieces = split(node);
  if (!is_right_form(pieces, parameter.domain)) {
    mistakes.add(node.place(),
                 "the prior of '" + name + "' must be " + prior_form(parameter.domain) +
                     " because " + domain_reason(parameter.domain) + ", got " + found(node),
                 example(parameter));
    return;
  }
  const bool is_real = parameter.domain == Domain::real;
  const std::string centre_name = is_real ? "the prior mean of '" : "the prior median of '";
  const auto centre = config::read_quantity(pieces->arguments[0],
                                            centre_name + name + "'",
                                            dimension_of(parameter),
                                            range_of(parameter.domain),
                                            mistakes);
  const auto sd = config::read_quantity(pieces->arguments[1],
                                        "the prior sd of '" + name + "'",
                                        is_real ? dimension_of(parameter) : Dimension::none,
                                        config::positive,
                                        mistakes);
  if (!centre || !sd) return;
  setting = {true, true, theta_of(parameter, *centre), *sd, setting.shared};
}

void read_fixed(Setting& setting,
                const Node& node,
                const std::string& name,
                const Parameter& parameter,
                Mistakes& mistakes) {
  if (node.is_scalar() && split(node)) {
    mistakes.add(node.place(),
                 "'" + name + "' is given a prior where a value is expected",
                 "write {prior: " + node.scalar() + "}");
    return;
  }
  const auto value = config::read_quantity(
      node, "'" + name + "'", dimension_of(parameter), range_of(parameter.domain), mistakes);
  if (value) setting = {true, false, theta_of(parameter, *value), 0, setting.shared};
}

}  // namespace

std::optional<Setting> read_setting(const Node& node,
                                    const std::string& name,
                                    const Parameter& parameter,
                                    Mistakes& mistakes) {
  Setting setting;
  if (!node.is_map()) {
    read_fixed(setting, node, name, parameter, mistakes);
    return setting.states ? std::optional(setting) : std::nullopt;
  }
  const Node map = with_whole_texts(node);
  config::Reader reader(map, "parameter '" + name + "'", mistakes);
  setting.shared = reader.optional_boolean("shared").value_or(false);
  const bool has_prior = reader.has("prior"), has_fixed = reader.has("fixed");
  const auto prior = reader.optional_text("prior");
  const Node fixed = reader.any("fixed");
  reader.finish();
  if (has_prior && has_fixed) {
    reader.mistake("fixed", "'" + name + "' cannot be both fixed and free under a prior");
  } else if (prior) {
    read_prior(setting, map["prior"], name, parameter, mistakes);
  } else if (has_fixed) {
    read_fixed(setting, fixed, name, parameter, mistakes);
  } else if (map.entries().empty()) {
    mistakes.add(node.place(), "'" + name + "' has neither 'prior' nor 'fixed' nor 'shared'");
  }
  return setting.states || setting.shared ? std::optional(setting) : std::nullopt;
}

}  // namespace insula::architecture::detail
