// SPDX-License-Identifier: Apache-2.0
// What an experiment file means: defaults, paths, the list of files, doubts.
#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/dataset/file.h"
#include "framework/experiment/experiment.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/bad_input.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using dataset::Folder;
using Files = std::vector<std::string>;

constexpr const char* kForward = R"(insula: architecture/1
name: forward
regions:
  A: {kind: neuronal}
  B: {kind: neuronal}
projections:
  A -> B: {kind: modulated, by: [context]}
inputs:
  stimulus: {drives: [A]}
  context: {}
observations:
  bold: {kind: bold, regions: [A, B]}
)";

constexpr const char* kGated = R"(insula: architecture/1
name: gated
extends: forward.yaml
projections:
  A -> B: {kind: modulated_gated, by: [context, B]}
)";

// Folders models/, data/ and study/, each with its own files.
class Study {
 public:
  Study() {
    for (const char* name : {"models", "data", "study"}) {
      std::filesystem::create_directory(folder.path(name));
    }
    folder.write("models/forward.yaml", kForward);
    folder.write("models/gated.yaml", kGated);
    folder.write("data/inputs.tsv", "stimulus\tcontext\n1\t0\n0\t1\n1\t1\n0\t0\n");
    std::string bold = "A\tB\n";
    for (int i = 0; i < 200; ++i)
      bold += std::to_string(i % 7) + "\t" + std::to_string(i % 5) + "\n";
    folder.write("data/bold.tsv", bold);
    write_dataset("bold.tsv");
  }
  void write_dataset(const std::string& bold_file) const {
    folder.write("data/dataset.yaml",
                 "insula: dataset/1\nname: blocks\nsubjects:\n- id: s01\n  runs:\n"
                 "  - id: run-1\n    duration: 400 s\n"
                 "    inputs: {file: inputs.tsv, interval: 100 s}\n    recordings:\n"
                 "      bold: {modality: bold, file: \"" +
                     bold_file + "\", interval: 2 s, unit: \"%\"}\n");
  }
  std::string write(const std::string& more) const {
    folder.write("study/experiment.yaml",
                 "insula: experiment/1\nname: study\ndataset: ../data/dataset.yaml\n"
                 "hypotheses: [../models/forward.yaml, ../models/gated.yaml]\n" +
                     more);
    return folder.path("study/experiment.yaml");
  }
  Experiment load(const std::string& more = "") const {
    return experiment::load(write(more), test::portable_kinds());
  }
  Folder folder;
};

Files names_of(const Experiment& experiment) {
  Files names;
  for (const auto& [name, hash] : experiment.input_files) names.push_back(name);
  return names;
}

TEST(Experiment, TakesEveryBaselineUnlessToldWhich) {
  const Study study;
  EXPECT_EQ(study.load().baselines,
            (Files{"hrf_glm", "low_level", "mean", "ridge", "time_only", "var", "linear_dcm"}));
  EXPECT_EQ(study.load("baselines: [var, mean]\n").baselines, (Files{"var", "mean"}));
  EXPECT_EQ(study.load("baselines: ridge\n").baselines, Files{"ridge"});
  EXPECT_TRUE(study.load("baselines: []\n").baselines.empty());
}

TEST(Experiment, HasTheDefaultsThatTheDocumentationStates) {
  const Experiment e = Study().load();
  EXPECT_EQ(e.split, Split::blocks);
  EXPECT_EQ(e.folds, 5);
  EXPECT_EQ(e.starts, 1);
  EXPECT_EQ(e.max_iterations, 128);
  EXPECT_EQ(e.pareto_draws, 1000);
  EXPECT_EQ(e.bootstrap_draws, 2000);
  EXPECT_EQ(e.seed, 0U);
  EXPECT_EQ(e.memory.bytes, 2147483648U);
  EXPECT_FALSE(e.spm);
  EXPECT_FALSE(e.integrator.has_value());
}

TEST(Experiment, KeepsAGapAsLongAsTheLongestMemoryOfItsObservations) {
  const Study study;
  const Experiment bold = study.load();
  EXPECT_EQ(bold.gap, 32);
  EXPECT_EQ(bold.bootstrap_block, 32);
  // A rate is forgotten within 2 s; blocks of noise are longer than that.
  study.folder.write(
      "models/forward.yaml",
      std::string(kForward).replace(std::string(kForward).find("kind: bold"), 10, "kind: rate"));
  const Experiment rate = study.load();
  EXPECT_EQ(rate.gap, 2);
  EXPECT_EQ(rate.bootstrap_block, 16);
}

TEST(Experiment, TakesWhatIsWritten) {
  const Experiment e = Study().load(
      "description: as written\nbaselines: []\nseed: 7\nmemory: 512 MiB\n"
      "inference: {engine: variational_laplace, starts: 3, max_iterations: 9, pareto_draws: 0,\n"
      "            integrator: spm_second_order}\n"
      "validation: {split: blocks, folds: 4, gap: 500 ms}\n"
      "comparison: {bootstrap: 300, block: 1 min}\n");
  EXPECT_EQ(e.description, "as written");
  EXPECT_EQ(e.seed, 7U);
  EXPECT_EQ(e.memory.bytes, 536870912U);
  EXPECT_EQ(e.memory.place.line, 8);
  EXPECT_EQ(e.starts, 3);
  EXPECT_EQ(e.max_iterations, 9);
  EXPECT_EQ(e.pareto_draws, 0);
  EXPECT_EQ(e.integrator, simulation::Scheme::spm_second_order);
  EXPECT_EQ(e.folds, 4);
  EXPECT_CLOSE(e.gap, 0.5, Tolerance::rounding(2));
  EXPECT_EQ(e.bootstrap_draws, 300);
  EXPECT_EQ(e.bootstrap_block, 60);
}

TEST(Experiment, NeedsNoFolds) { EXPECT_EQ(Study().load("validation: none\n").split, Split::none); }

TEST(Experiment, FitsAsSpmDoesOnlyOnRequest) {
  const Study study;
  const Experiment own = study.load(), spm = study.load("inference: {compatibility: spm}\n");
  const auto self_inhibition = [](const Experiment& e) {
    for (const auto& parameter : e.hypotheses[0].architecture.parameters) {
      if (parameter.name == "A.self_inhibition") return parameter.prior_mean;
    }
    return std::nan("");
  };
  EXPECT_EQ(self_inhibition(own), 0);
  EXPECT_EQ(self_inhibition(spm), 1.0 / 128);  // source  SPM, spm_dcm_fmri_priors
  const auto scheme = [](const Experiment& e, std::size_t hypothesis) {
    return to_text(scheme_of(e, e.hypotheses[hypothesis].architecture));
  };
  EXPECT_EQ(scheme(own, 0), "accurate");
  EXPECT_EQ(scheme(own, 1), "accurate");
  EXPECT_EQ(scheme(spm, 0), "spm_bilinear");
  EXPECT_EQ(scheme(spm, 1), "spm_second_order");  // the gated one
  const Experiment both = study.load("inference: {compatibility: spm, integrator: accurate}\n");
  EXPECT_EQ(scheme(both, 1), "accurate");
}

TEST(InputFiles, AreNamedAsSeenFromTheExperimentWhereverItIsRunFrom) {
  const Study study;
  const Files expected{"experiment.yaml",
                       "../models/forward.yaml",
                       "../models/gated.yaml",
                       "../data/dataset.yaml",
                       "../data/inputs.tsv",
                       "../data/bold.tsv"};
  const Experiment absolute = study.load();
  EXPECT_EQ(names_of(absolute), expected);
  {
    const InRoot restores_the_folder;
    std::filesystem::current_path(study.folder.path("study"));
    const Experiment relative = load("experiment.yaml", test::portable_kinds());
    EXPECT_EQ(relative.input_files, absolute.input_files);
    std::filesystem::current_path(study.folder.path("data"));
    EXPECT_EQ(load("../study/./experiment.yaml", test::portable_kinds()).input_files,
              absolute.input_files);
  }
}

TEST(InputFiles, CarryTheHashOfTheirBytes) {
  const Study study;
  for (const auto& [name, hash] : study.load().input_files) {
    EXPECT_EQ(hash, dataset::sha256(dataset::read_bytes(study.folder.path("study/" + name))))
        << name;
  }
}

TEST(InputFiles, OfAVariableKeepItsNameAndNotItsValue) {
  const Study study;
  ASSERT_EQ(setenv("INSULA_LOAD_TEST", study.folder.path("data").c_str(), 1), 0);
  study.write_dataset("${INSULA_LOAD_TEST}/bold.tsv");
  const Files names = names_of(study.load());
  unsetenv("INSULA_LOAD_TEST");
  EXPECT_EQ(names.back(), "${INSULA_LOAD_TEST}/bold.tsv");
}

TEST(InputFiles, OfARecipeAreListedOnceWithThoseOfTheHypotheses) {
  const Study study;
  study.folder.write("data/dataset.yaml",
                     "insula: simulation/1\nname: twin\narchitecture: ../models/gated.yaml\n"
                     "seed: 3\nduration: 400 s\ninputs:\n"
                     "  stimulus: {every: 50 s, on: 20 s}\n  context: {every: 80 s, on: 30 s}\n"
                     "recordings:\n  bold: {interval: 2 s, noise: {snr: 3}}\n");
  const Experiment e = study.load();
  EXPECT_EQ(e.dataset.name, "twin");
  EXPECT_EQ(names_of(e),
            (Files{"experiment.yaml",
                   "../models/forward.yaml",
                   "../models/gated.yaml",
                   "../data/dataset.yaml"}));
}

TEST(Doubts, OfAFileThatSeveralHypothesesExtendAreToldOnce) {
  const Study study;
  EXPECT_TRUE(doubts(study.load()).empty());
  std::string idle = kForward;
  idle.insert(idle.find("  context: {}"), "  sound: {}\n");
  study.folder.write("models/forward.yaml", idle);
  study.folder.write("data/inputs.tsv",
                     "stimulus\tcontext\tsound\n1\t0\t0\n0\t1\t0\n1\t1\t1\n0\t0\t1\n");
  const std::vector<Mistake> found = doubts(study.load());
  ASSERT_EQ(found.size(), 1U) << found.back().message;
  EXPECT_EQ(found[0].message,
            "input 'sound' neither drives a region nor modulates a projection nor is in a term of "
            "trials");
  EXPECT_EQ(found[0].place.line, 10);
}

TEST(Doubts, TellWhatTheDatasetCheckFinds) {
  const Study study;
  std::string bold = "A\tB\n";
  for (int i = 0; i < 200; ++i) bold += std::to_string(i % 7) + "\t3\n";
  study.folder.write("data/bold.tsv", bold);
  const std::vector<Mistake> found = doubts(study.load());
  const auto flat = std::ranges::find_if(
      found, [](const Mistake& doubt) { return doubt.message.starts_with("s01/run-1/bold/B: "); });
  ASSERT_NE(flat, found.end());
  EXPECT_EQ(flat->place.file, study.folder.path("data/dataset.yaml"));
}

}  // namespace
}  // namespace insula::experiment
