// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "framework/report/detail/files.h"
#include "framework/report/detail/json_fields.h"

namespace insula::report {
namespace {

constexpr const char* kFormat = "results/1";

/// The row of a model in the comparison, repeated here for readers of summary.json alone. It is not
/// read back: comparison.tsv is.
Json scores_of(const Results& results, const std::string& model) {
  Json out = Json::object();
  for (const ComparisonRow& row : results.comparison) {
    if (row.model != model) continue;
    out = as_json(row);
    out.erase("model");
    out.erase("kind");
  }
  return out;
}

bool is_of_several(const Results& results) {
  return std::ranges::any_of(results.rdm, [](const RdmRow& row) { return row.subject == "all"; });
}

}  // namespace

std::string to_summary_json(const Results& results, const Checksums& checksums) {
  Json out = Json::object();
  out["insula"] = kFormat;
  out.update(as_json(results));
  for (Json& model : out["models"]) {
    model["scores"] = scores_of(results, model["name"].get<std::string>());
  }
  // Not read back: partition.tsv is, which has every channel.
  const bool has_means =
      std::ranges::any_of(results.partition, [](const auto& row) { return row.channel == "mean"; });
  for (const PartitionRow& row : results.partition) {
    if (row.channel == "mean" || !has_means) out["partition"].push_back(as_json(row));
  }
  // Not read back: rdm.tsv is, which has every subject.
  for (const RdmRow& row : results.rdm) {
    if (row.subject == "all" || !is_of_several(results)) out["rdm"].push_back(as_json(row));
  }
  Json& files = out["files"] = Json::object();
  for (const auto& [name, sum] : checksums) {
    files[name] = {{"bytes", sum.bytes}, {"crc32", sum.crc32}};
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Results from_summary_json(std::string_view text, const std::string& path, Checksums& checksums) {
  Results results;
  try {
    const Json json = Json::parse(text);
    if (json.at("insula") != kFormat) {
      refuse(path,
             "this is not a summary of the format 'results/1'",
             "this version of Insula reads only folders of that format");
    }
    read_json(json, results);
    for (const auto& [name, sum] : json.at("files").items()) {
      checksums[name] = {sum.at("bytes").get<std::uint64_t>(),
                         sum.at("crc32").get<std::uint32_t>()};
    }
  } catch (const Json::exception& error) {
    refuse(path, std::string("the file is damaged: ") + error.what(), kRunAgain);
  }
  return results;
}

}  // namespace insula::report
