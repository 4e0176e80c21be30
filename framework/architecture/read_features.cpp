// SPDX-License-Identifier: Apache-2.0
// Bands of features: which regions they drive, and what they are made into before.
//
//     clip: {drives: [V4, IT], reduce: {pca: 32}, prior: {scale: learned}}
//     words: {drives: [lexical], columns: 6, prior: {scale: 0.5}}
//     sound: {drives: [A1], resample: 500 ms, reduce: {random: 500, pca: 32}, delays: [0 s, 1 s]}
#include <algorithm>

#include "framework/architecture/detail/loading.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

constexpr double kMostColumns = 1e5;  // a typing error could ask for millions of parameters

// How many columns drive: all of the band's, which `columns` says, or its first components.
void read_columns(config::Reader& r, Band& band) {
  const auto columns = r.optional_integer("columns", {1, kMostColumns});
  const config::Node node = r.optional_map("reduce");
  r.needs_one_of({"columns", "reduce"},
                 r.what() + " needs one of 'columns', how many it has, and 'reduce'",
                 "for example 'reduce: {pca: 32}', its first 32 principal components");
  if (r.has("columns") && r.has("reduce"))
    r.mistake("columns",
              "'columns' and 'reduce' of " + r.what() + " both say how many columns drive",
              "remove one of them");
  if (columns) band.columns = static_cast<std::size_t>(*columns);
  if (!node.is_map()) return;
  config::Reader reduce(node, "'reduce' of " + r.what(), r.mistakes());
  const auto random = reduce.optional_integer("random", {1, kMostColumns});
  const auto pca = reduce.optional_integer("pca", {1, kMostColumns});
  band.random = static_cast<std::size_t>(random.value_or(0));
  band.pca = static_cast<std::size_t>(pca.value_or(0));
  band.columns = std::max<std::size_t>(band.pca > 0 ? band.pca : band.random, 1);
  reduce.needs_one_of({"random", "pca"},
                      reduce.what() + " needs 'pca', 'random' or both",
                      "for example '{pca: 32}', or '{random: 500, pca: 32}'");
  if (random && pca && *pca > *random)
    reduce.mistake("pca",
                   reduce.what() + " asks for " + std::to_string(*pca) + " components of " +
                       std::to_string(*random) + " random directions",
                   "take fewer components than directions");
  reduce.finish();
}

// Ascending, so that the same delays in another order are the same band.
void read_delays(config::Reader& r, Band& band) {
  const config::Node list = r.optional_list("delays");
  if (!list.is_list()) return;
  if (list.items().empty())
    r.mistake("delays",
              "'delays' of " + r.what() + " names none",
              "for example 'delays: [0 s, 1 s]'; without the key there is one of 0 s");
  std::vector<double> delays;
  for (const config::Node& item : list.items()) {
    const auto delay = config::read_quantity(
        item, "a delay of " + r.what(), Dimension::time, config::not_negative, r.mistakes());
    if (!delay) continue;
    if (std::ranges::find(delays, *delay) != delays.end())
      r.mistakes().add(item.place(),
                       "'delays' of " + r.what() + " names " + number_text(*delay) + " s twice");
    else
      delays.push_back(*delay);
  }
  std::ranges::sort(delays);
  if (!delays.empty()) band.delays = delays;
}

void read_scale(config::Reader& r, Band& band) {
  const config::Node node = r.optional_map("prior");
  if (!node.is_map()) return;
  config::Reader prior(node, "'prior' of " + r.what(), r.mistakes());
  const config::Node scale = prior.any("scale");
  prior.needs_one_of({"scale"}, prior.what() + " needs the key 'scale'", "a number, or 'learned'");
  if (!scale.is_missing() && !(scale.is_scalar() && scale.scalar() == "learned"))
    band.scale = config::read_quantity(scale,
                                       "'scale' of " + prior.what() + ", if it is not 'learned',",
                                       Dimension::none,
                                       config::positive,
                                       r.mistakes());
  prior.finish();
}

void read_band(Loading& loading, const Item& item) {
  config::Reader reader(item.value, "feature band '" + item.name + "'", loading.mistakes);
  Input input{item.name, {}, item.place};
  Band band;
  if (!item.value.is_map()) loading.mistaken.insert(item.name);
  reader.needs_one_of({"drives"},
                      reader.what() + " needs the key 'drives'",
                      "the regions that it drives; a band can do nothing else");
  input.drives = read_driven(loading, reader, item.name);
  read_columns(reader, band);
  band.resample =
      reader.optional_quantity("resample", Dimension::time, config::positive).value_or(0);
  read_delays(reader, band);
  read_scale(reader, band);
  reader.finish();
  input.band = band;
  loading.architecture.inputs.push_back(std::move(input));
}

}  // namespace

void read_features(Loading& loading) {
  for (const Item& item : loading.document.features) read_band(loading, item);
}

}  // namespace insula::architecture::detail
