// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "framework/architecture/architecture.h"
#include "framework/architecture/detail/document.h"
#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/table.h"

namespace insula::architecture {
namespace {

// Full names of parameters are unique only if no region, input, observation or learner shares a
// name.
void check_shared_names(const detail::Document& document, Mistakes& mistakes) {
  std::map<std::string, std::string> first;
  const auto check = [&](const std::vector<detail::Item>& items, const std::string& what) {
    for (const detail::Item& item : items) {
      const auto [entry, is_new] = first.emplace(item.name, what);
      if (is_new) continue;
      mistakes.add(
          item.place,
          "'" + item.name + "' is both " + entry->second + " and " + what,
          "rename one: regions, inputs, feature bands, observations and learners need names of "
          "their own");
    }
  };
  check(document.regions, "a region");
  check(document.inputs, "an input");
  check(document.features, "a feature band");
  check(document.observations, "an observation");
  check(document.learners, "a learner");
}

Architecture resolve(const config::Node& root,
                     const std::string& shown_as,
                     const Catalogue& catalogue,
                     Priors priors) {
  Mistakes mistakes;
  detail::Document document = detail::read_document(root, shown_as, mistakes);
  if (!document.whole) mistakes.throw_if_any();

  Architecture architecture;
  architecture.name = document.name;
  architecture.description = document.description;
  architecture.file = shown_as;
  architecture.files = document.files;
  check_shared_names(document, mistakes);
  detail::Loading loading{catalogue, document, mistakes, architecture, {}, {}};
  detail::read_regions(loading);
  detail::read_learners(loading);
  detail::read_inputs(loading);
  detail::read_features(loading);
  detail::read_projections(loading);
  detail::read_observations(loading);
  if (document.regions.empty() && architecture.trials.empty() && mistakes.empty()) {
    mistakes.add(root.place(), "the architecture has no regions", "it needs the key 'regions'");
  }
  detail::build_parameters(architecture, priors);
  detail::read_parameters(loading);
  mistakes.throw_if_any();
  return architecture;
}

}  // namespace

Architecture load(const std::string& path, const Catalogue& catalogue, Priors priors) {
  return resolve(config::parse_file(path), path, catalogue, priors);
}

Architecture parse(const std::string& text,
                   const std::string& shown_as,
                   const Catalogue& catalogue,
                   Priors priors) {
  return resolve(config::parse_text(text, shown_as), shown_as, catalogue, priors);
}

}  // namespace insula::architecture
