// SPDX-License-Identifier: Apache-2.0
// What do feature weights cost who runs an experiment?
//
// The problems of feature_fit, as files: a dataset, the hypothesis without features and with 500 of
// them under one learned scale, and an experiment of each alone, all defaults: five folds, k of
// every fit, no baselines. `insula run` is timed from its start to its report, reading, scaling and
// scoring features included. The goal is a ratio below 5.
//
// One warm-up, three runs by turns, each from nothing; median and median absolute deviation.
// `three` or `ten` as an argument runs one of them.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "benchmarks/dcm_problems.h"
#include "benchmarks/feature_problems.h"
#include "benchmarks/timing.h"
#include "framework/dataset/npy.h"
#include "modules/catalogue.h"
#include "tests/support/temporary_folder.h"

namespace insula {
namespace {

namespace fs = std::filesystem;
using benchmark::kInterval;
using benchmark::kScans;
using benchmark::Seen;

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// "{A: 0, B: 1}": which column holds what.
std::string columns_of(const auto& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text += (i > 0 ? ", " : "{") + all[i].name + ": " + std::to_string(i);
  return text + "}";
}

// Scans × inputs.
Eigen::MatrixXd inputs_of(const dataset::Run& run, std::size_t count) {
  Eigen::MatrixXd all(kScans, static_cast<Eigen::Index>(count));
  for (Eigen::Index j = 0; j < all.cols(); ++j)
    for (int scan = 0; scan < kScans; ++scan)
      all(scan, j) = run.inputs[static_cast<std::size_t>(j)].at(kInterval * scan);
  return all;
}

// Features have a row for each image, with the file of events that says when it is shown; or one
// for each scan.
void write_features(const fs::path& folder, Seen seen) {
  const Eigen::MatrixXd all = benchmark::random_features(seen);
  std::vector<int> shown;
  std::string events = "onset\tduration\n";
  for (int scan = 0; scan < kScans; ++scan) {
    if (!is_shown(seen, scan)) continue;
    shown.push_back(scan);
    events += std::to_string(kInterval * scan) + "\t" + std::to_string(kInterval) + "\n";
  }
  write(folder / "events.tsv", events);
  write(folder / "clip.npy", dataset::npy_of(all(shown, Eigen::all)));
}

void write_files(const fs::path& folder,
                 const std::string& yaml,
                 Seen seen,
                 const Catalogue& kinds) {
  const auto without = architecture::parse(yaml, "without.yaml", kinds);
  const std::string watching = benchmark::watching(yaml, without.regions[0].name);
  const benchmark::Simulated made =
      simulated(without, seen, architecture::parse(watching, "with.yaml", kinds));
  const dataset::Run& run = made.subject.runs[0];
  write(folder / "without.yaml", yaml);
  write(folder / "with.yaml", watching);
  write(folder / "inputs.npy", dataset::npy_of(inputs_of(run, without.inputs.size())));
  write(folder / "bold.npy", dataset::npy_of(run.recordings[0].samples));
  write_features(folder, seen);
  const std::string every = std::to_string(kInterval) + " s";
  write(folder / "dataset.yaml",
        "insula: dataset/1\nname: watching\nsubjects:\n  - id: s01\n    runs:\n"
        "      - id: run-1\n        duration: " +
            std::to_string(run.duration) +
            " s\n"
            "        inputs: {file: inputs.npy, interval: " +
            every + ", columns: " + columns_of(without.inputs) +
            "}\n"
            "        recordings: {bold: {modality: bold, unit: \"%\", file: bold.npy, interval: " +
            every + ", delay: " + std::to_string(kInterval / 2) +
            " s, channels: " + columns_of(without.regions) +
            "}}\n"
            "        features: {clip: {file: clip.npy, " +
            (seen == Seen::images ? "at: events.tsv" : "interval: " + every) + "}}\n");
  for (const std::string name : {"without", "with"})
    write(folder / (name + "-experiment.yaml"),
          "insula: experiment/1\nname: " + name +
              "\ndataset: dataset.yaml\nbaselines: []\nhypotheses: [" + name + ".yaml]\n");
}

void run(const fs::path& folder, const std::string& name) {
  const fs::path out = folder / "out";
  fs::remove_all(out);
  const std::string command = std::string("'") + INSULA_PROGRAM + "' run --quiet --out '" +
                              out.string() + "' '" +
                              (folder / (name + "-experiment.yaml")).string() + "'";
  if (std::system(command.c_str()) != 0) {
    std::fprintf(stderr, "%s failed\n", command.c_str());
    std::exit(1);
  }
}

void compare(const char* title, const std::string& yaml, Seen seen, const Catalogue& kinds) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path();
  write_files(folder, yaml, seen, kinds);
  const auto [without, with] =
      benchmark::timed_by_turns([&] { run(folder, "without"); }, [&] { run(folder, "with"); }, 3);
  std::printf(
      "%s, %s: `insula run` without features %.2f s (± %.2f), with 500 %.2f s (± %.2f), "
      "ratio %.2f (the goal is 5)\n",
      title,
      seen == Seen::images ? "images" : "film",
      without.median,
      without.deviation,
      with.median,
      with.deviation,
      with.median / without.median);
}

}  // namespace
}  // namespace insula

int main(int count, char** words) {
  using namespace insula;
  const Catalogue kinds = catalogue();
  const std::string only = count > 1 ? words[1] : "";
  for (const Seen seen : {Seen::images, Seen::film}) {
    if (only.empty() || only == "three")
      compare("three regions, one gate", benchmark::three_regions(), seen, kinds);
    if (only.empty() || only == "ten")
      compare("ten regions, all connected", benchmark::ten_regions(), seen, kinds);
  }
}
