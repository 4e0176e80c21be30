// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/dataset/file.h"
#include "framework/experiment/detail/ablation.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/twin.h"

namespace insula::experiment {
namespace {

namespace fs = std::filesystem;
using config::Node;
using config::Reader;

constexpr simulation::Scheme kSchemes[] = {simulation::Scheme::accurate,
                                           simulation::Scheme::spm_bilinear,
                                           simulation::Scheme::spm_second_order};

// Of the bootstrap where there is no time axis: answers of neighbouring trials resemble each other.
constexpr double kTrialsPerBlock = 10;

// Keys that are designed and not built yet: told as such, not as typing errors.
const std::vector<std::string> kNotYetInComparison{"evidence", "group", "permutations"};

// The mapping without those keys, each of which is a mistake.
Node supported(const Node& map, const std::vector<std::string>& not_yet, Mistakes& mistakes) {
  if (!map.is_map()) return map;
  Node::Data kept{Node::Kind::map, map.place(), {}, false, {}, {}};
  for (const config::Entry& entry : map.entries()) {
    if (std::ranges::find(not_yet, entry.key) == not_yet.end()) {
      kept.entries.push_back(entry);
      continue;
    }
    mistakes.add(entry.key_place,
                 "'" + entry.key + "' is not supported by this version of Insula",
                 "remove it; docs/formats.md lists what an experiment may say");
  }
  return Node(std::make_shared<const Node::Data>(std::move(kept)));
}

std::string beside(const std::string& file, const std::string& path) {
  // Spelled as `extends` spells its files, so that what two hypotheses inherit has one place.
  return (fs::path(file).parent_path() / path).lexically_normal().generic_string();
}

// A remedy for a file that is not there: the nearest name in its folder.
std::string missing_file_note(const std::string& file, const std::string& path) {
  const fs::path folder = fs::path(beside(file, path)).parent_path();
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored))
    names.push_back((fs::path(path).parent_path() / entry.path().filename()).generic_string());
  std::ranges::sort(names);
  const std::string nearest = nearest_name(path, names);
  return (nearest.empty() ? "" : "did you mean '" + nearest + "'? ") +
         "paths are relative to the file that names them";
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
    r.mistake("pareto_draws",
              "'pareto_draws' must be 0 or at least 100, got " + std::to_string(*draws),
              "0 leaves the check out");
  e.pareto_draws = static_cast<int>(draws.value_or(e.pareto_draws));
  e.spm = r.optional_choice("compatibility", programs).has_value();
  const std::vector<std::string> posteriors{"normal", "importance"};
  e.importance = r.optional_choice("posterior", posteriors) == "importance";
  if (e.importance && e.spm)
    r.mistake("posterior",
              "SPM's posteriors are normal, but 'posterior' is importance",
              "remove 'posterior' or 'compatibility'");
  std::vector<std::string> schemes;
  for (const simulation::Scheme s : kSchemes) schemes.push_back(to_text(s));
  if (const auto name = r.optional_choice("integrator", schemes))
    e.integrator = kSchemes[static_cast<std::size_t>(
        std::find(schemes.begin(), schemes.end(), *name) - schemes.begin())];
  const std::vector<std::string> sharing{"separate", "pooled", "hierarchical"};
  if (const auto name = r.optional_choice("subjects", sharing))
    e.subjects = *name == "pooled"         ? Subjects::pooled
                 : *name == "hierarchical" ? Subjects::hierarchical
                                           : Subjects::separate;
  if (e.spm && e.subjects != Subjects::separate)
    r.mistake("subjects",
              "SPM fits each subject by itself, with 'subjects: separate'",
              "remove 'subjects' or 'compatibility'");
  if (e.importance && e.subjects == Subjects::hierarchical)
    r.mistake("posterior",
              "importance sampling has no place for a group's own mean and variance, but subjects "
              "are fitted hierarchically",
              "remove 'posterior', or write 'subjects: separate' and put them together with "
              "'group'");
  e.covariates = r.optional_names("covariates");
  if (!e.covariates.empty() && e.subjects != Subjects::hierarchical)
    r.mistake("covariates",
              "'covariates' move the mean of a group, but subjects are fitted " +
                  std::string(e.subjects == Subjects::pooled ? "as one" : "by themselves"),
              "write 'subjects: hierarchical', or remove 'covariates'");
  if (e.spm && r.has("starts") && e.starts > 1)
    r.mistake("starts",
              "SPM fits from one start, but 'starts' is " + std::to_string(e.starts),
              "remove 'starts' or 'compatibility'");
  r.finish();
}

// What other tools call folds of samples in random order.
bool refuses_shuffled(const Node& split, Mistakes& mistakes) {
  const std::vector<std::string> names{
      "shuffled", "shuffle", "random", "kfold", "k_fold", "samples"};
  if (!split.is_scalar() || std::ranges::find(names, split.scalar()) == names.end()) return false;
  mistakes.add(
      split.place(),
      "'split: " + split.scalar() +
          "' would hold out samples whose neighbours in time are trained on: where noise is "
          "autocorrelated, any model that knows the time predicts them",
      "hold out what is contiguous: blocks (with a gap), runs or stimulus_types");
  return true;
}

void read_validation(Reader& top, Experiment& e, Mistakes& mistakes) {
  const Node node = top.any("validation");
  if (node.is_missing()) return;
  if (node.is_scalar() && node.scalar() == "none") {
    e.split = Split::none;
    return;
  }
  if (!node.is_map()) {
    mistakes.add(node.place(),
                 "'validation' must be none or a mapping, got " + config::found(node),
                 "for example {split: blocks, folds: 5}");
    return;
  }
  Reader r(node, "'validation'", mistakes);
  if (refuses_shuffled(node["split"], mistakes)) return;
  const std::vector<std::string> splits{"blocks", "runs", "stimulus_types"};
  const std::string split = r.choice("split", splits).value_or("blocks");
  e.split = split == "runs"             ? Split::runs
            : split == "stimulus_types" ? Split::stimulus_types
                                        : Split::blocks;
  if (e.split == Split::runs && r.has("folds"))
    r.mistake("folds",
              "'folds' has no meaning for the split 'runs'",
              "every run is left out once; remove 'folds'");
  if (e.split == Split::stimulus_types) e.folds = 0;
  if (e.split == Split::stimulus_types)
    e.types = r.text("types").value_or("");
  else if (r.has("types"))
    r.mistake("types",
              "'types' has no meaning for the split '" + split + "'",
              "remove it, or write 'split: stimulus_types'");
  r.any("types");
  e.folds = static_cast<int>(r.optional_integer("folds", {2, 1000}).value_or(e.folds));
  e.gap = r.optional_quantity("gap", Dimension::time, config::not_negative).value_or(-1);
  r.finish();
}

void read_comparison(Reader& top, Experiment& e, Mistakes& mistakes) {
  if (!top.has("comparison")) return;
  Reader r(supported(top.optional_map("comparison"), kNotYetInComparison, mistakes),
           "'comparison'",
           mistakes);
  e.bootstrap_draws =
      static_cast<int>(r.optional_integer("bootstrap", {100, 1e6}).value_or(e.bootstrap_draws));
  e.bootstrap_block = r.optional_quantity("block", Dimension::time, config::positive).value_or(0);
  for (const char* key : {"families", "rdm"}) r.optional_map(key);  // read when all is known
  r.finish();
}

void read_baselines(Reader& top, Experiment& e, const Catalogue& catalogue, Mistakes& mistakes) {
  std::vector<std::string> known = kind_names(catalogue.baselines);
  for (const BuiltBaseline& built : built_baselines()) known.emplace_back(built.name);
  if (!top.has("baselines")) {
    e.baselines = known;  // those that explain something stay: detail::keep_baselines
    std::erase_if(e.baselines, [&](const std::string& name) {
      const BaselineKind* kind = find_kind(catalogue.baselines, name);
      return kind != nullptr && kind->on_request;
    });
    return;
  }
  const Node list = top.any("baselines");
  if (!list.is_list() && !list.is_scalar()) {
    mistakes.add(list.place(),
                 "'baselines' must be a list of names, got " + config::found(list),
                 "an empty list, [], leaves them all out");
    return;
  }
  for (const Node& item : list.is_list() ? list.items() : std::vector<Node>{list}) {
    const std::string& name = item.scalar();
    if (!item.is_scalar())
      mistakes.add(item.place(), "a baseline is a name, got " + config::found(item));
    else if (std::ranges::find(known, name) == known.end())
      mistakes.add(
          item.place(), "there is no baseline '" + name + "'", name_hint(name, known, "there are"));
    else if (std::ranges::find(e.baselines, name) != e.baselines.end())
      mistakes.add(item.place(), "baseline '" + name + "' is listed twice");
    else
      e.baselines.push_back(name);
  }
}

void read_hypotheses(Reader& top, Experiment& e, const Catalogue& catalogue, Mistakes& mistakes) {
  const Node list = top.list("hypotheses");
  if (list.is_missing()) return;
  if (list.items().empty())
    mistakes.add(list.place(), "'hypotheses' is empty, expected at least one architecture file");
  std::map<std::string, std::string> file_of;  // by name
  for (const Node& item : list.items()) {
    if (!item.is_scalar()) {
      mistakes.add(item.place(),
                   "a hypothesis is the path of an architecture file, got " + config::found(item));
      continue;
    }
    const std::string path = beside(e.file, item.scalar());
    try {
      Hypothesis h{
          {},
          item.scalar(),
          architecture::load(
              path, catalogue, e.spm ? architecture::Priors::spm : architecture::Priors::insula)};
      h.name = h.architecture.name;
      const auto [first, is_new] = file_of.emplace(h.name, h.file);
      if (!is_new)
        mistakes.add(item.place(),
                     first->second == h.file ? "hypothesis '" + h.file + "' is listed twice"
                                             : "'" + first->second + "' and '" + h.file +
                                                   "' both have the name '" + h.name + "'",
                     first->second == h.file ? "" : "give one of the architectures another 'name'");
      else if (std::ranges::find(e.baselines, h.name) != e.baselines.end())
        mistakes.add(item.place(),
                     "hypothesis '" + h.name + "' has the name of a baseline",
                     "give the architecture another 'name', or leave the baseline out");
      e.hypotheses.push_back(std::move(h));
    } catch (const InputError& error) {
      if (error.code() == ExitCode::no_input && !fs::exists(path))
        mistakes.add(item.place(),
                     "there is no architecture file '" + item.scalar() + "'",
                     missing_file_note(e.file, item.scalar()));
      else
        mistakes.add(error.mistakes());
    }
  }
}

// The path of the dataset's own file.
std::string read_dataset(Reader& top,
                         Experiment& e,
                         const Catalogue& catalogue,
                         Mistakes& mistakes) {
  const auto name = top.text("dataset");
  if (!name) return {};
  const std::string path = beside(e.file, *name);
  if (!fs::exists(path)) {
    top.mistake(
        "dataset", "there is no dataset file '" + *name + "'", missing_file_note(e.file, *name));
    return {};
  }
  try {
    e.dataset = is_recipe(path) ? twin(path, catalogue) : dataset::load(path);
  } catch (const InputError& error) {
    mistakes.add(error.mistakes());
  }
  return path;
}

// Files by their paths from the experiment's folder, so that results hold no path of the machine.
class FileList {
 public:
  explicit FileList(Experiment& e)
      : e_(e), folder_(fs::absolute(e.file).lexically_normal().parent_path()) {}

  // The file's SHA-256.
  std::string add(const std::string& path) {
    return add(from_folder(path), [&] { return dataset::sha256(dataset::read_bytes(path)); });
  }
  // Files of a dataset are named as seen from it, or start with an environment variable.
  void add(const dataset::SourceFile& file, const std::string& manifest) {
    const fs::path beside_manifest = fs::path(manifest).parent_path() / file.path;
    add(file.path.starts_with("${") ? file.path : from_folder(beside_manifest),
        [&] { return file.sha256; });
  }

 private:
  std::string from_folder(const fs::path& path) const {
    return fs::absolute(path).lexically_normal().lexically_proximate(folder_).generic_string();
  }
  template <class Hash>
  std::string add(const std::string& name, Hash hash) {
    for (const auto& [known, sha256] : e_.input_files)
      if (known == name) return sha256;
    return e_.input_files.emplace_back(name, hash()).second;
  }

  Experiment& e_;
  fs::path folder_;
};

void record_files(Experiment& e, const std::string& manifest) {
  FileList files(e);
  files.add(e.file);
  for (Hypothesis& h : e.hypotheses) {
    std::string digests;
    for (const std::string& file : h.architecture.files) digests += files.add(file) + "\n";
    h.digest = dataset::sha256(digests);
  }
  for (const dataset::SourceFile& f : e.dataset.files) files.add(f, manifest);
}

void fill_defaults(Experiment& e) {
  const double memory = longest_memory(e);
  if (e.gap < 0) e.gap = memory;
  if (e.bootstrap_block == 0)
    e.bootstrap_block = has_time(e) ? std::max(16.0, memory) : kTrialsPerBlock;
}

}  // namespace

double longest_memory(const Experiment& experiment) {
  double memory = 0;
  for (const Hypothesis& h : experiment.hypotheses)
    for (const auto& o : h.architecture.observations) memory = std::max(memory, o.kind->memory);
  return memory;
}

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
  for (const char* key : {"name",
                          "description",
                          "dataset",
                          "hypotheses",
                          "baselines",
                          "inference",
                          "validation",
                          "ablation",
                          "comparison",
                          "counterfactuals",
                          "interventions",
                          "group",
                          "recovery",
                          "memory",
                          "seed"})
    top.any(key);  // known in this order
  e.name = top.text("name").value_or("");
  e.description = top.optional_text("description").value_or("");
  e.seed = static_cast<std::uint64_t>(top.optional_integer("seed", {0, 9e15}).value_or(0));
  detail::read_memory(top, e);
  read_inference(top, e, mistakes);
  read_validation(top, e, mistakes);
  read_comparison(top, e, mistakes);
  read_baselines(top, e, catalogue, mistakes);
  const std::string manifest = read_dataset(top, e, catalogue, mistakes);
  read_hypotheses(top, e, catalogue, mistakes);
  top.finish();
  detail::check_comparable(e, mistakes);
  if (!e.dataset.subjects.empty()) detail::check_against_dataset(e, mistakes);
  detail::check_memory(e, mistakes);
  mistakes.throw_if_any();
  detail::set_apart(e, mistakes);
  mistakes.throw_if_any();
  add_columns_of_features(e);
  detail::keep_baselines(e, catalogue, top.node()["baselines"], mistakes);
  detail::read_ablation(top.node()["ablation"], e, mistakes);
  detail::read_counterfactuals(top.node()["counterfactuals"], catalogue, e, mistakes);
  detail::read_interventions(top.node()["interventions"], e, mistakes);
  detail::read_recovery(top.node()["recovery"], e, mistakes);
  detail::check_units_of_time(e, top.node(), mistakes);
  detail::check_whole_trials(e, mistakes);
  if (e.subjects == Subjects::hierarchical)
    detail::check_covariates(e.dataset, top.node()["inference"]["covariates"], mistakes);
  detail::read_group(top.node()["group"], e, mistakes);
  std::vector<std::string> names;
  for (const Hypothesis& h : e.hypotheses) names.push_back(h.name);
  detail::read_divisions(
      top.node()["comparison"]["families"], names, "hypothesis", e.families, mistakes);
  detail::check_stimulus_types(e, top.node()["validation"]["types"], mistakes);
  mistakes.throw_if_any();
  fill_defaults(e);
  detail::check_folds(e, top.node()["validation"], mistakes);
  mistakes.throw_if_any();
  detail::read_rdm(top.node()["comparison"]["rdm"], e, mistakes);
  detail::check_rank_of_features(e, mistakes);
  detail::check_spm(e, top.node()["inference"], mistakes);
  mistakes.throw_if_any();
  record_files(e, manifest);
  return e;
}

}  // namespace insula::experiment
