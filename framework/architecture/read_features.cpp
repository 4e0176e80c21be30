// SPDX-License-Identifier: Apache-2.0
// Bands of features: which regions they drive, and what they are made into before.
//
//     clip: {drives: [V4, IT], reduce: {pca: 32}, prior: {scale: learned}}
//     words: {drives: [lexical], columns: 6, prior: {scale: 0.5}}
#include "framework/architecture/detail/loading.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

constexpr double kMostColumns = 1e5;  // a typing error could ask for millions of parameters

// How many columns drive: all of the band's, which `columns` says, or its first components.
void read_columns(config::Reader& r, Band& band) {
  const auto columns = r.optional_integer("columns", {1, kMostColumns});
  const config::Node node = r.optional_map("reduce");
  if (!r.has("columns") && !r.has("reduce"))
    r.mistake("columns",
              r.what() + " needs one of 'columns', how many it has, and 'reduce'",
              "for example 'reduce: {pca: 32}', its first 32 principal components");
  if (r.has("columns") && r.has("reduce"))
    r.mistake("columns",
              "'columns' and 'reduce' of " + r.what() + " both say how many columns drive",
              "remove one of them");
  if (columns) band.columns = static_cast<std::size_t>(*columns);
  if (!node.is_map()) return;
  config::Reader reduce(node, "'reduce' of " + r.what(), r.mistakes());
  band.reduce = Band::Reduce::pca;
  band.columns = static_cast<std::size_t>(reduce.integer("pca", {1, kMostColumns}).value_or(1));
  reduce.finish();
}

void read_scale(config::Reader& r, Band& band) {
  const config::Node node = r.optional_map("prior");
  if (!node.is_map()) return;
  config::Reader prior(node, "'prior' of " + r.what(), r.mistakes());
  const config::Node scale = prior.any("scale");
  if (scale.is_missing())
    prior.mistake("scale", prior.what() + " needs the key 'scale'", "a number, or 'learned'");
  else if (!scale.is_scalar() || scale.scalar() != "learned")
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
  if (item.value.is_map() && !reader.has("drives"))
    reader.mistake("drives",
                   reader.what() + " needs the key 'drives'",
                   "the regions that it drives; a band can do nothing else");
  input.drives = read_driven(loading, reader, item.name);
  read_columns(reader, band);
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
