// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/extract.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/extraction/detail/batches.h"
#include "framework/extraction/detail/store.h"
#include "framework/numerics/parallel.h"

namespace insula::extraction {
namespace {

using nlohmann::json;
using Batches = std::vector<std::vector<std::size_t>>;

[[noreturn]] void refuse_network(const std::string& file,
                                 const std::string& why,
                                 const std::string& note,
                                 ExitCode code) {
  throw InputError(Place{file, 0, 0, 0, ""}, why, note, code);
}

void check_layers(const Network& network,
                  const std::string& file,
                  const std::vector<std::string>& layers) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers()) names.push_back(layer.name);
  std::set<std::string> seen;
  for (const std::string& layer : layers) {
    if (std::ranges::find(names, layer) == names.end()) {
      const std::string nearest = nearest_name(layer, names);
      refuse_network(file,
                     "the network has no layer '" + layer + "'",
                     nearest.empty() ? "`--list-layers` shows all " + std::to_string(names.size())
                                     : "did you mean '" + nearest + "'? `--list-layers` shows all",
                     ExitCode::usage);
    }
    if (!seen.insert(layer).second) {
      refuse_network(file, "layer '" + layer + "' is asked for twice", "", ExitCode::usage);
    }
  }
}

// The number of stimuli that the network insists on.
std::optional<std::size_t> fixed_batch(const Network& network) {
  for (const Port& input : network.inputs()) {
    if (!input.shape.empty() && input.shape[0]) return input.shape[0];
  }
  return std::nullopt;
}

detail::StorePlan plan_of(const StimulusSet& stimuli,
                          const Extraction& extraction,
                          std::size_t batch,
                          std::size_t batches) {
  detail::StorePlan plan{extraction.layers, stimuli.names.size(), batches, extraction.origin, ""};
  plan.metadata["row_names"] = json(stimuli.names).dump();
  plan.metadata["pooling"] = pooling_names()[static_cast<std::size_t>(extraction.pooling)];
  plan.metadata["normalised"] = extraction.is_normalised ? "true" : "false";
  plan.metadata["batch"] = std::to_string(batch);
  const json all{plan.metadata, plan.layers, stimuli.sha256, stimuli.tokens};
  plan.sha256 = dataset::sha256(all.dump(-1, ' ', false, json::error_handler_t::replace));
  return plan;
}

// One extraction under way.
class Work {
 public:
  Work(const StimulusSet& stimuli,
       const Extraction& extraction,
       std::size_t fixed,
       const ExtractionWatch& watch)
      : stimuli_(stimuli), extraction_(extraction), fixed_(fixed), watch_(watch) {}

  // The rows of a batch, a vector for each layer.
  std::vector<std::vector<float>> rows_of(const std::vector<std::size_t>& batch,
                                          Session& session) const {
    std::vector<std::size_t> fed = batch;
    if (fixed_ > 0) fed.resize(fixed_, batch.back());  // what fills is thrown away
    const std::vector<Activation> activations = session.run(stimuli_.feeds(fed));
    std::vector<std::size_t> tokens;
    if (!stimuli_.tokens.empty()) {
      for (const std::size_t row : batch) tokens.push_back(stimuli_.tokens[row]);
    }
    std::vector<std::vector<float>> rows;
    for (std::size_t l = 0; l < activations.size(); ++l) {
      rows.push_back(pooled_rows(
          activations[l], batch.size(), tokens, extraction_.pooling, extraction_.layers[l]));
      if (extraction_.is_normalised) normalise_rows(rows.back(), batch.size());
    }
    return rows;
  }

  void run(const Batches& batches, detail::Store& store, Session& session) {
    std::vector<std::size_t> left;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      if (store.has(b)) {
        done_ += batches[b].size();
      } else {
        left.push_back(b);
      }
    }
    tell();
    std::mutex mutex;
    parallel_for(left.size(), [&](std::size_t i) {
      if (watch_.stop && watch_.stop()) return;
      const std::vector<std::size_t>& batch = batches[left[i]];
      const std::vector<std::vector<float>> rows = rows_of(batch, session);
      const std::lock_guard lock(mutex);
      if (!store.write(left[i], batch, rows)) refuse_widths();
      done_ += batch.size();
      tell();
    });
  }

  std::size_t done() const { return done_; }

 private:
  void tell() const {
    if (watch_.progress) watch_.progress(done_, stimuli_.names.size());
  }

  [[noreturn]] static void refuse_widths() {
    throw InputError({},
                     "a layer gives rows of different width for different stimuli",
                     "texts of different length need --pool mean, max, first or last",
                     ExitCode::data);
  }

  const StimulusSet& stimuli_;
  const Extraction& extraction_;
  std::size_t fixed_;
  const ExtractionWatch& watch_;
  std::size_t done_ = 0;
};

}  // namespace

Extracted extract(const Network& network,
                  const std::string& network_file,
                  const StimulusSet& stimuli,
                  const Extraction& extraction,
                  const std::string& out,
                  const ExtractionWatch& watch) {
  check_layers(network, network_file, extraction.layers);
  const std::size_t fixed = fixed_batch(network).value_or(0);
  const std::size_t batch = fixed > 0 ? fixed : extraction.batch;
  const std::size_t count = stimuli.names.size();
  const Batches batches =
      detail::batches(count, stimuli.lengths.empty() ? stimuli.tokens : stimuli.lengths, batch);
  detail::Store store(out, plan_of(stimuli, extraction, batch, batches.size()));
  if (store.is_found()) return {true, true, count};
  const std::unique_ptr<Session> session =
      network.prepare(extraction.layers, static_cast<std::size_t>(threads()));
  Work work(stimuli, extraction, fixed, watch);
  work.run(batches, store, *session);
  if (work.done() < count) return {false, false, work.done()};
  store.finish();
  return {true, false, count};
}

}  // namespace insula::extraction
