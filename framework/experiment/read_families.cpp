// SPDX-License-Identifier: Apache-2.0
// Divisions of models into families, of hypotheses and of a group's candidates alike.
#include <algorithm>

#include "framework/base/text.h"
#include "framework/experiment/detail/group_effects.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {
namespace {

using config::Node;

// One family's members, by patterns; each is marked as used.
ModelFamily read_family(const config::Entry& entry,
                        const std::vector<std::string>& names,
                        const std::string& what,
                        const std::string& division,
                        std::vector<bool>& is_used,
                        Mistakes& mistakes) {
  ModelFamily family{entry.key, {}};
  const std::vector<Node> items =
      entry.value.is_list() ? entry.value.items() : std::vector<Node>{entry.value};
  for (const Node& item : items) {
    bool is_known = false;
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (!item.is_scalar() || !is_named_by(names[k], {item.scalar()})) continue;
      is_known = true;
      if (is_used[k])
        mistakes.add(item.place(),
                     what + " '" + names[k] + "' is in two families of '" + division + "'");
      is_used[k] = true;
      family.members.push_back(k);
    }
    if (!is_known)
      mistakes.add(item.place(),
                   "there is no " + what + " '" + item.scalar() + "'",
                   name_hint(item.scalar(), names, "there are") + "; * stands for anything");
  }
  if (items.empty()) mistakes.add(entry.value.place(), "family '" + entry.key + "' has no " + what);
  return family;
}

}  // namespace

void read_divisions(const Node& map,
                    const std::vector<std::string>& names,
                    const std::string& what,
                    std::vector<ModelDivision>& divisions,
                    Mistakes& mistakes) {
  if (!map.is_map()) return;
  for (const config::Entry& entry : map.entries()) {
    if (!entry.value.is_map()) {
      mistakes.add(entry.value.place(),
                   "'" + entry.key + "' must be a mapping of families to names, got " +
                       config::found(entry.value));
      continue;
    }
    ModelDivision division{entry.key, {}};
    std::vector<bool> is_used(names.size(), false);
    for (const config::Entry& family : entry.value.entries())
      division.families.push_back(read_family(family, names, what, entry.key, is_used, mistakes));
    const auto left = std::ranges::find(is_used, false);
    if (left != is_used.end())
      mistakes.add(entry.value.place(),
                   what + " '" + names[static_cast<std::size_t>(left - is_used.begin())] +
                       "' is in no family of '" + entry.key + "'",
                   "the families of a division hold every " + what + " once");
    divisions.push_back(std::move(division));
  }
}

}  // namespace insula::experiment::detail
