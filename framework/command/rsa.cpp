// SPDX-License-Identifier: Apache-2.0
// `insula rsa`: dissimilarities that somebody has computed already, of subjects and of models.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/detail/command_line.h"
#include "framework/command/table.h"
#include "framework/command/terminal.h"
#include "framework/dataset/rdm_file.h"
#include "framework/evaluation/rdm.h"
#include "framework/numerics/parallel.h"

namespace insula::command {
namespace {

using evaluation::Drawn;
using evaluation::Rdm;
using evaluation::RdmScore;

constexpr const char* kRsaFooter = R"(Examples:
  insula rsa human_it_rdms.npy --average 2 --model model_rdms.npy --similarity spearman
  insula rsa human_it_rdms.npy --average 2 --model model_rdms.npy \
      --name animacy --name categories --name monkey --name EVA \
      --name HMAX --name V1 --name silhouette --name RADON
  insula rsa human_it_rdms.npy --average 8 --model monkey_it_rdm.npy --similarity pearson
  insula rsa subjects.npz --array rdms --model gist.tsv --model models.npz:clip --json

A file holds one or several RDMs of the same stimuli: squares (... x stimuli x stimuli), or their
upper triangles, row by row (... x pairs), in .npy, .npz, .safetensors or .h5; or one square as a
table with a column for each stimulus. NaN: nothing is known of the pair.

The similarity of a model is the mean over subjects: Kendall's tau-a, as a model that predicts ties
gains nothing by them, unless another is asked for. Intervals are over draws of stimuli, of subjects
or of both. The noise ceiling is what the true model is expected to reach, between how like each
subject's RDM is to the mean of the others' and to that of all. In the last columns each model is
held against the one that comes first; the table is in the order of similarity.

In an experiment, `comparison: {rdm: ...}` compares what hypotheses, baselines and bands of features
predict of held-out data (docs/formats.md).)";

struct RsaArguments {
  std::string data, array;
  std::vector<std::string> models, names;
  int average = 1;
  std::string similarity = "kendall_tau_a";
  std::string over;  // "": both where there are several subjects
  int draws = 1000;
  std::uint64_t seed = 0;
  bool json = false;
};

struct Model {
  std::string name;
  Rdm rdm;
  RdmScore score, behind;  // behind: less the best one's; NaN of that itself
};

[[noreturn]] void refuse_words(const std::string& message, const std::string& note = {}) {
  throw InputError({}, message, note, ExitCode::usage);
}

// Of each subject the mean of its own.
std::vector<Rdm> subjects_of(const RsaArguments& typed, const dataset::RdmFile& file) {
  const auto each = static_cast<std::size_t>(typed.average);
  if (file.rdms.size() % each != 0)
    refuse_words("--average " + std::to_string(each) + " does not divide the " +
                     std::to_string(file.rdms.size()) + " RDMs of '" + typed.data + "'",
                 "so many in a row are taken for one subject's");
  std::vector<Rdm> subjects;
  for (std::size_t first = 0; first < file.rdms.size(); first += each) {
    Rdm mean = file.rdms[first];
    for (std::size_t k = 1; k < each; ++k) mean += file.rdms[first + k];
    subjects.push_back(mean / static_cast<double>(each));
  }
  return subjects;
}

// "models.npz:clip": one of several arrays of a file. A file may have a colon in its own name.
std::pair<std::string, std::string> file_and_array(const std::string& typed) {
  const std::size_t colon = typed.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(typed)) return {typed, ""};
  return {typed.substr(0, colon), typed.substr(colon + 1)};
}

// Which of several arrays is meant is typed here, and in no document.
dataset::RdmFile read_typed(const std::string& path, const std::string& array, const char* how) {
  try {
    return dataset::read_rdms(path, array);
  } catch (const InputError& error) {
    const Mistake& mistake = error.mistakes().front();
    const std::size_t key = mistake.message.find(", but no key ");  // as a manifest has
    if (key == std::string::npos) throw;
    refuse_words(mistake.message.substr(0, key) + ", and " + how + " names one", mistake.note);
  }
}

std::vector<Model> models_of(const RsaArguments& typed, std::size_t stimuli) {
  std::vector<Model> models;
  for (const std::string& typed_path : typed.models) {
    const auto [path, array] = file_and_array(typed_path);
    const dataset::RdmFile file = read_typed(path, array, "--model FILE:ARRAY");
    if (file.stimuli != stimuli)
      throw InputError({},
                       "'" + path + "' is of " + std::to_string(file.stimuli) + " stimuli, '" +
                           typed.data + "' of " + std::to_string(stimuli),
                       "models and data must be of the same stimuli, in the same order",
                       ExitCode::data);
    const std::string stem = array.empty() ? std::filesystem::path(path).stem().string() : array;
    for (std::size_t k = 0; k < file.rdms.size(); ++k)
      models.push_back({!file.names.empty()     ? file.names[k]
                        : file.rdms.size() == 1 ? stem
                                                : stem + "." + std::to_string(k + 1),
                        file.rdms[k],
                        {},
                        {}});
  }
  if (!typed.names.empty() && typed.names.size() != models.size())
    refuse_words((models.size() == 1 ? "there is 1 model"
                                     : "there are " + std::to_string(models.size()) + " models") +
                     ", but " + std::to_string(typed.names.size()) + " of --name",
                 "one for each, in the order of the files");
  for (std::size_t k = 0; k < typed.names.size(); ++k) models[k].name = typed.names[k];
  return models;
}

Drawn drawn_of(const RsaArguments& typed, std::size_t subjects) {
  const std::vector<std::string> known{"stimuli", "subjects", "both"};
  if (!typed.over.empty() && std::ranges::find(known, typed.over) == known.end())
    refuse_words("intervals cannot be over '" + typed.over + "'",
                 name_hint(typed.over, known, "there are"));
  if (subjects < 2 && (typed.over == "subjects" || typed.over == "both"))
    refuse_words("'" + typed.data + "' is of one subject, so --over can only be stimuli");
  if (typed.over.empty()) return subjects < 2 ? Drawn::stimuli : Drawn::both;
  return typed.over == "stimuli"    ? Drawn::stimuli
         : typed.over == "subjects" ? Drawn::subjects
                                    : Drawn::both;
}

// How like the subjects each model is, the best first.
void compare_rdms(evaluation::Similarity kind,
                  const std::vector<Rdm>& subjects,
                  std::size_t stimuli,
                  const evaluation::RdmBootstrap& bootstrap,
                  std::vector<Model>& models) {
  evaluation::RdmFold fold;
  for (std::size_t i = 0; i < stimuli; ++i) fold.stimuli.push_back(static_cast<int>(i));
  for (const Model& model : models) fold.models.push_back(model.rdm);
  std::vector<evaluation::RdmFolds> folds;
  for (const Rdm& subject : subjects) {
    fold.data = subject;
    folds.push_back({fold});
  }
  const evaluation::RdmScores scores = evaluation::rdm_scores(kind, folds, stimuli, bootstrap);
  const auto value = [&](std::size_t m) {
    const double known = scores.score[m].value;
    return std::isnan(known) ? -HUGE_VAL : known;
  };
  std::vector<std::size_t> order(models.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(), value);
  std::vector<Model> sorted;
  for (const std::size_t m : order) {
    sorted.push_back(std::move(models[m]));
    sorted.back().score = scores.score[m];
    sorted.back().behind =
        m == order[0] ? RdmScore{NAN, NAN, NAN, NAN} : scores.difference[m][order[0]];
  }
  models = std::move(sorted);
}

std::string in_words(evaluation::Similarity kind) {
  return kind == evaluation::Similarity::pearson    ? "Pearson's r"
         : kind == evaluation::Similarity::spearman ? "Spearman's rho"
                                                    : "Kendall's tau-a";
}

std::string in_words(Drawn drawn) {
  return drawn == Drawn::stimuli    ? "stimuli"
         : drawn == Drawn::subjects ? "subjects"
                                    : "stimuli and subjects";
}

std::string from_to(const RdmScore& score) {
  return std::isfinite(score.low) ? fixed(score.low, 3) + " to " + fixed(score.high, 3) : "-";
}

std::string text_of(const RsaArguments& typed,
                    std::size_t stimuli,
                    const std::vector<Rdm>& subjects,
                    Drawn drawn,
                    const std::vector<Model>& models) {
  const evaluation::Similarity kind = evaluation::similarity_of(typed.similarity);
  std::string text = std::to_string(stimuli) + " stimuli, " +
                     std::to_string(stimuli * (stimuli - 1) / 2) + " pairs, " +
                     std::to_string(subjects.size()) +
                     (subjects.size() == 1 ? " subject" : " subjects");
  if (typed.average > 1)
    text += std::string(subjects.size() == 1 ? "" : ", each") +
            (subjects.size() == 1 ? ", " : " ") + "the mean of " + std::to_string(typed.average) +
            " RDMs";
  text += "\n\n";
  std::vector<std::vector<std::string>> rows{
      {"model", in_words(kind), "95 %", "less the first", "95 %"}};
  for (const Model& model : models)
    rows.push_back({model.name,
                    fixed(model.score.value, 3),
                    from_to(model.score),
                    fixed(model.behind.value, 3),
                    from_to(model.behind)});
  text += table_text(rows) + "\n";
  if (subjects.size() < 2)
    text += "No noise ceiling: it needs two subjects.\n";
  else {
    const evaluation::RdmCeiling ceiling = evaluation::rdm_ceiling(kind, subjects);
    text += "Noise ceiling: " + fixed(ceiling.lower, 3) + " to " + fixed(ceiling.upper, 3) + "\n";
  }
  return text + "Intervals: over " + in_words(drawn) + ", " + std::to_string(typed.draws) +
         " draws\n";
}

nlohmann::ordered_json number_or_null(double value) {
  if (std::isnan(value)) return nullptr;
  return value;
}

std::string json_of(const RsaArguments& typed,
                    std::size_t stimuli,
                    const std::vector<Rdm>& subjects,
                    Drawn drawn,
                    const std::vector<Model>& models) {
  nlohmann::ordered_json out;
  out["stimuli"] = stimuli;
  out["subjects"] = subjects.size();
  out["similarity"] = typed.similarity;
  out["over"] = in_words(drawn);
  out["draws"] = typed.draws;
  out["seed"] = typed.seed;
  const bool has_ceiling = subjects.size() > 1;
  const evaluation::RdmCeiling ceiling =
      has_ceiling ? evaluation::rdm_ceiling(evaluation::similarity_of(typed.similarity), subjects)
                  : evaluation::RdmCeiling{NAN, NAN};
  out["ceiling"] = {{"lower", number_or_null(ceiling.lower)},
                    {"upper", number_or_null(ceiling.upper)}};
  const auto score = [](const RdmScore& s) {
    return nlohmann::ordered_json{{"value", number_or_null(s.value)},
                                  {"standard_error", number_or_null(s.standard_error)},
                                  {"low", number_or_null(s.low)},
                                  {"high", number_or_null(s.high)}};
  };
  for (const Model& model : models) {
    nlohmann::ordered_json one{{"model", model.name}};
    one.update(score(model.score));
    one["less_the_first"] = score(model.behind);
    out["models"].push_back(std::move(one));
  }
  return out.dump(1) + "\n";
}

int rsa(const RsaArguments& typed) {
  set_threads(0);
  const auto& similarities = evaluation::similarity_names();
  if (std::ranges::find(similarities, typed.similarity) == similarities.end())
    refuse_words("there is no similarity '" + typed.similarity + "'",
                 name_hint(typed.similarity, similarities, "there are"));
  const dataset::RdmFile file = read_typed(typed.data, typed.array, "--array ARRAY");
  const std::vector<Rdm> subjects = subjects_of(typed, file);
  const Drawn drawn = drawn_of(typed, subjects.size());
  std::vector<Model> models = models_of(typed, file.stimuli);
  compare_rdms(evaluation::similarity_of(typed.similarity),
               subjects,
               file.stimuli,
               {drawn, typed.draws, typed.seed, "rsa"},
               models);
  print((typed.json ? json_of : text_of)(typed, file.stimuli, subjects, drawn, models));
  return 0;
}

}  // namespace

void add_rsa(CLI::App& app, Action& action) {
  CLI::App* command = add_command(
      app, "rsa", "Compare dissimilarities of stimuli in subjects and models", kRsaFooter);
  const auto typed = std::make_shared<RsaArguments>();
  command->add_option("DATA", typed->data, "A file with the RDMs of subjects")->required();
  command->add_option("--model", typed->models, "A file with RDMs of models; repeated")
      ->type_name("FILE[:ARRAY]")
      ->allow_extra_args(false)
      ->required();
  command->add_option("--name", typed->names, "Of a model; repeated; default: the file's")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--array", typed->array, "Of DATA, where the file has several")
      ->type_name("NAME");
  command
      ->add_option(
          "--average", typed->average, "So many RDMs in a row are one subject's; default: 1")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, 100000));
  command
      ->add_option(
          "--similarity", typed->similarity, "kendall_tau_a (the default), spearman, pearson")
      ->type_name("NAME");
  command
      ->add_option("--over",
                   typed->over,
                   "What intervals draw: stimuli, subjects, both (the default of several subjects)")
      ->type_name("WHAT");
  command->add_option("--draws", typed->draws, "Default: 1000")
      ->type_name("NUMBER")
      ->check(CLI::Range(100, 1000000));
  command->add_option("--seed", typed->seed, "Default: 0")->type_name("NUMBER");
  command->add_flag("--json", typed->json, "Print an object instead of the table");
  command->callback([&action, typed] { action = [typed] { return rsa(*typed); }; });
}

}  // namespace insula::command
