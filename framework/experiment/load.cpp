// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <set>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/dataset/file.h"
#include "framework/experiment/experiment.h"
#include "framework/experiment/twin.h"
#include "framework/simulation/timeline.h"

namespace insula::experiment {
namespace {

namespace fs = std::filesystem;
using config::Node;
using config::Reader;

constexpr simulation::Scheme kSchemes[] = {simulation::Scheme::accurate,
                                           simulation::Scheme::spm_bilinear,
                                           simulation::Scheme::spm_second_order};

std::string beside(const std::string& file, const std::string& path) {
  return fs::path(path).is_absolute() ? path : (fs::path(file).parent_path() / path).string();
}

void read_inference(Reader& top, Experiment& e, Mistakes& mistakes) {
  if (!top.has("inference")) return;
  Reader r(top.optional_map("inference"), "'inference'", mistakes);
  const std::vector<std::string> engines{"variational_laplace"}, programs{"spm"};
  r.optional_choice("engine", engines);
  e.starts = static_cast<int>(r.optional_integer("starts", {1, 1000}).value_or(e.starts));
  e.max_iterations =
      static_cast<int>(r.optional_integer("max_iterations", {1, 1e6}).value_or(e.max_iterations));
  const auto draws = r.optional_integer("pareto_draws", {0, 1e6});
  if (draws && *draws > 0 && *draws < 100)
    r.mistake("pareto_draws", "'pareto_draws' must be 0 or at least 100, got " +
                                  std::to_string(*draws), "0 leaves the check out");
  e.pareto_draws = static_cast<int>(draws.value_or(e.pareto_draws));
  e.spm = r.optional_choice("compatibility", programs).has_value();
  std::vector<std::string> schemes;
  for (const simulation::Scheme s : kSchemes) schemes.push_back(to_text(s));
  if (const auto name = r.optional_choice("integrator", schemes))
    e.integrator = kSchemes[static_cast<std::size_t>(
        std::find(schemes.begin(), schemes.end(), *name) - schemes.begin())];
  if (e.spm && r.has("starts") && e.starts > 1)
    r.mistake("starts", "SPM fits from one start, but 'starts' is " + std::to_string(e.starts),
              "remove 'starts' or 'compatibility'");
  r.finish();
}

void read_validation(Reader& top, Experiment& e, Mistakes& mistakes) {
  const Node node = top.any("validation");
  if (node.is_missing()) return;
  if (node.is_scalar() && node.scalar() == "none") {
    e.split = Split::none;
    return;
  }
  Reader r(node, "'validation'", mistakes);
  const std::vector<std::string> splits{"blocks", "runs"};
  const std::string split = r.choice("split", splits).value_or("blocks");
  e.split = split == "runs" ? Split::runs : Split::blocks;
  if (e.split == Split::runs && r.has("folds"))
    r.mistake("folds", "'folds' has no meaning for the split 'runs'",
              "every run is left out once; remove 'folds'");
  e.folds = static_cast<int>(r.optional_integer("folds", {2, 1000}).value_or(e.folds));
  e.gap = r.optional_quantity("gap", Dimension::time, config::not_negative).value_or(-1);
  r.finish();
}

void read_comparison(Reader& top, Experiment& e, Mistakes& mistakes) {
  if (!top.has("comparison")) return;
  Reader r(top.optional_map("comparison"), "'comparison'", mistakes);
  e.bootstrap_draws =
      static_cast<int>(r.optional_integer("bootstrap", {100, 1e6}).value_or(e.bootstrap_draws));
  e.bootstrap_block = r.optional_quantity("block", Dimension::time, config::positive).value_or(0);
  r.finish();
}

void read_baselines(Reader& top, Experiment& e, const Catalogue& catalogue, Mistakes& mistakes) {
  std::vector<std::string> known = kind_names(catalogue.baselines);
  known.emplace_back(kLinearDcm);
  if (!top.has("baselines")) {
    e.baselines = known;
    return;
  }
  const Node list = top.any("baselines");
  e.baselines = list.is_list() && list.items().empty() ? std::vector<std::string>{}
                                                       : top.names("baselines");
  for (std::size_t i = 0; i < e.baselines.size(); ++i) {
    const std::string& name = e.baselines[i];
    const Place place = list.is_list() ? list.items()[i].place() : list.place();
    if (std::find(known.begin(), known.end(), name) == known.end())
      mistakes.add(place, "there is no baseline '" + name + "'", name_hint(name, known, "there are"));
    if (std::find(e.baselines.begin(), e.baselines.begin() + static_cast<long>(i), name) !=
        e.baselines.begin() + static_cast<long>(i))
      mistakes.add(place, "baseline '" + name + "' is listed twice");
  }
}

void read_hypotheses(Reader& top, Experiment& e, const Catalogue& catalogue, Mistakes& mistakes) {
  const Node list = top.list("hypotheses");
  if (list.is_missing()) return;
  if (list.items().empty())
    mistakes.add(list.place(), "'hypotheses' is empty, expected at least one architecture file");
  std::set<std::string> names;
  for (const Node& item : list.items()) {
    if (!item.is_scalar()) {
      mistakes.add(item.place(), "a hypothesis is the path of an architecture file, found " +
                                     config::found(item));
      continue;
    }
    const std::string path = beside(e.file, item.scalar());
    try {
      Hypothesis h{{}, item.scalar(),
                   architecture::load(path, catalogue,
                                      e.spm ? architecture::Priors::spm
                                            : architecture::Priors::insula)};
      h.name = h.architecture.name;
      if (!names.insert(h.name).second)
        mistakes.add(item.place(), "two hypotheses have the name '" + h.name + "'",
                     "give one of the architectures another 'name'");
      e.hypotheses.push_back(std::move(h));
    } catch (const InputError& error) {
      if (error.code() == ExitCode::no_input && !fs::exists(path))
        mistakes.add(item.place(), "there is no architecture file '" + item.scalar() + "'",
                     "paths are relative to the file that names them");
      else
        mistakes.add(error.mistakes());
    }
  }
}

void read_dataset(Reader& top, Experiment& e, const Catalogue& catalogue, Mistakes& mistakes) {
  const auto name = top.text("dataset");
  if (!name) return;
  const std::string path = beside(e.file, *name);
  try {
    if (!fs::exists(path)) {
      top.mistake("dataset", "there is no dataset file '" + *name + "'",
                  "paths are relative to the file that names them");
      return;
    }
    e.dataset = is_recipe(path) ? twin(path, catalogue) : dataset::load(path);
  } catch (const InputError& error) {
    mistakes.add(error.mistakes());
  }
}

// Everything that a hypothesis needs of every run; the same mistake of several runs is told once.
void check_against_dataset(const Experiment& e, Mistakes& mistakes) {
  std::set<std::string> told;
  for (const Hypothesis& h : e.hypotheses) {
    const simulation::System system = simulation::compile(h.architecture);
    for (const dataset::Subject& subject : e.dataset.subjects)
      for (const dataset::Run& run : subject.runs) try {
          static_cast<void>(simulation::timeline(system, run));
        } catch (const InputError& error) {
          for (const Mistake& m : error.mistakes())
            if (told.insert(m.place.file + std::to_string(m.place.line) + m.message).second)
              mistakes.add(m.place, m.message, m.note);
        }
  }
}

std::vector<std::string> channels_of(const architecture::Architecture& a) {
  std::vector<std::string> channels;
  for (const auto& o : a.observations)
    for (const std::string& c : o.channels) channels.push_back(o.name + "/" + c);
  std::sort(channels.begin(), channels.end());
  return channels;
}

void check_comparable(const Experiment& e, Mistakes& mistakes) {
  if (e.hypotheses.empty()) return;
  const Hypothesis& first = e.hypotheses.front();
  for (const Hypothesis& h : e.hypotheses) {
    const auto place = h.architecture.observations.empty() ? Place{h.architecture.file}
                                                           : h.architecture.observations[0].place;
    if (h.architecture.observations.empty())
      mistakes.add(place, "hypothesis '" + h.name + "' observes nothing, so it cannot be fitted",
                   "add 'observations'");
    else if (channels_of(h.architecture) != channels_of(first.architecture))
      mistakes.add(place,
                   "hypotheses '" + first.name + "' and '" + h.name +
                       "' explain different channels, so their evidence cannot be compared",
                   first.name + " explains " + join(channels_of(first.architecture), ", ") + "; " +
                       h.name + " explains " + join(channels_of(h.architecture), ", "));
    for (const auto& o : h.architecture.observations)
      for (const auto& p : first.architecture.observations)
        if (o.name == p.name && o.drift_cutoff != p.drift_cutoff)
          mistakes.add(o.place, "hypotheses '" + first.name + "' and '" + h.name +
                                    "' remove different drift from '" + o.name + "'",
                       "give both the same 'drift'");
  }
}

void check_split(const Experiment& e, const Node& validation, Mistakes& mistakes) {
  if (e.split != Split::runs) return;
  for (const dataset::Subject& s : e.dataset.subjects)
    if (s.runs.size() < 2)
      mistakes.add(validation.place(), "subject '" + s.id +
                       "' has one run, but the split 'runs' leaves one out",
                   "use {split: blocks}");
}

void record_files(Experiment& e) {
  const auto add = [&](const std::string& path) {
    for (const auto& [name, hash] : e.input_files)
      if (name == path) return;
    e.input_files.emplace_back(path, dataset::sha256(dataset::read_bytes(path)));
  };
  add(e.file);
  for (const Hypothesis& h : e.hypotheses)
    for (const std::string& file : h.architecture.files) add(file);
  for (const dataset::SourceFile& f : e.dataset.files) e.input_files.emplace_back(f.path, f.sha256);
}

void fill_defaults(Experiment& e) {
  double memory = 0;
  for (const Hypothesis& h : e.hypotheses)
    for (const auto& o : h.architecture.observations) memory = std::max(memory, o.kind->memory);
  if (e.gap < 0) e.gap = memory;
  if (e.bootstrap_block == 0) e.bootstrap_block = std::max(16.0, memory);
}

}  // namespace

std::string to_text(simulation::Scheme scheme) {
  return scheme == simulation::Scheme::accurate       ? "accurate"
         : scheme == simulation::Scheme::spm_bilinear ? "spm_bilinear"
                                                      : "spm_second_order";
}

simulation::Scheme scheme_of(const Experiment& experiment,
                             const architecture::Architecture& architecture) {
  if (experiment.integrator) return *experiment.integrator;
  if (!experiment.spm) return simulation::Scheme::accurate;
  for (const architecture::Projection& p : architecture.projections)
    if (!p.gates.empty()) return simulation::Scheme::spm_second_order;
  return simulation::Scheme::spm_bilinear;
}

Experiment load(const std::string& path, const Catalogue& catalogue) {
  Mistakes mistakes;
  Experiment e;
  e.file = path;
  e.gap = -1;
  Reader top(config::parse_file(path), "the experiment", mistakes);
  config::read_document_kind(top, "experiment", 1);
  e.name = top.text("name").value_or("");
  e.description = top.optional_text("description").value_or("");
  e.seed = static_cast<std::uint64_t>(top.optional_integer("seed", {0, 9e15}).value_or(0));
  read_inference(top, e, mistakes);
  read_validation(top, e, mistakes);
  read_comparison(top, e, mistakes);
  read_baselines(top, e, catalogue, mistakes);
  read_dataset(top, e, catalogue, mistakes);
  read_hypotheses(top, e, catalogue, mistakes);
  top.finish();
  check_comparable(e, mistakes);
  mistakes.throw_if_any();
  check_against_dataset(e, mistakes);
  check_split(e, top.node()["validation"], mistakes);
  mistakes.throw_if_any();
  fill_defaults(e);
  record_files(e);
  return e;
}

std::vector<Mistake> doubts(const Experiment& experiment) {
  std::vector<Mistake> all;
  for (const Hypothesis& h : experiment.hypotheses)
    for (const Mistake& m : architecture::doubts(h.architecture)) all.push_back(m);
  for (const dataset::Finding& f : dataset::check(experiment.dataset))
    if (f.severity != dataset::Finding::Severity::note)
      all.push_back({experiment.dataset.place, f.where + ": " + f.message, {}});
  return all;
}

}  // namespace insula::experiment
