// SPDX-License-Identifier: Apache-2.0
// The commands of `insula`. Each takes what was typed, calls the framework, prints, and returns the
// exit code; mistakes of the user leave it as InputError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/dataset/bids.h"
#include "framework/extraction/network.h"

namespace insula::command {

/// The exit code after Ctrl-C, as shells give it: 128 + SIGINT.
inline constexpr int kInterrupted = 130;

struct RunArguments {
  std::string experiment;
  std::string out;                    // "": results/<name of the experiment>
  int threads = 0;                    // 0: all cores
  std::optional<std::uint64_t> seed;  // instead of the experiment's
  std::string shard;                  // "2/4": every fourth task from the second on; "": all
  bool json = false, quiet = false;
  bool crate = false;  // also describe the folder as an RO-Crate
};
/// Fits, compares, writes the results folder and its report. Each fit is kept in the folder as it
/// ends, and found there by the next run: SIGINT and SIGTERM stop it and lose nothing, a second one
/// ends the program at once. A shard keeps its fits and writes no results.
int run(const RunArguments& arguments);

struct StatusArguments {
  std::string folder;
  bool json = false;
};
/// How far the run in a results folder is, and which fits ended badly and why.
int status(const StatusArguments& arguments);

struct MergeArguments {
  std::vector<std::string> folders;
  std::string out;
};
/// Takes the finished fits of several results folders over into one.
int merge(const MergeArguments& arguments);

struct CheckArguments {
  std::vector<std::string> files;
  bool json = false;
};
/// Reads documents of any kind and prints doubts; the exit code is that of the first mistake.
int check(const CheckArguments& arguments);

/// A page on a kind, an architecture, a dataset, an experiment or a recipe; "": the list of kinds.
int describe(const std::string& name);

struct SimulateArguments {
  std::string recipe, out;
  std::optional<std::uint64_t> seed;  // instead of the recipe's
};
int simulate(const SimulateArguments& arguments);

/// What architecture `to` changes of `from`, in words.
int diff(const std::string& from, const std::string& to);

struct NewArguments {
  std::string folder;
  std::string dataset;  // "": a recipe is made
};
int new_project(const NewArguments& arguments);

struct ImportArguments {
  std::string format;              // spm, bids, nwb, images
  std::vector<std::string> files;  // spm: one model each; bids: the dataset's folder; nwb: both
  std::string out;
  dataset::BidsQuestion bids;        // but for its folder
  std::vector<std::string> series;   // nwb
  std::string bin;                   // nwb: a time; "": the usual one
  std::vector<std::string> atlases;  // bids: one; images: one, or one for each hemisphere
  std::string take;                  // bids, images: mean, eigenvariate; "": mean
  std::string interval;              // images: a time; "": as they say
  std::vector<std::string> events;   // images: tables, one for all or one each
};
/// Other programs' files as a folder of documents and tables.
int import_files(const ImportArguments& arguments);

struct ExportArguments {
  std::string format;  // spm
  std::string experiment;
  std::string results;  // the folder of a run; "": what was never fitted
  std::string model;    // a hypothesis; "": all
  std::string out;
};
/// Hypotheses with their data as other programs' files.
int export_files(const ExportArguments& arguments);

struct FeaturesArguments {
  std::string action;  // extract
  std::string model;
  std::string stimuli;                    // a table
  std::string text, image, sound, key;    // its columns
  std::string tokenizer, preprocessor;    // files
  std::optional<std::size_t> max_tokens;  // instead of the tokenizer's
  std::vector<std::string> layers;        // empty: the outputs
  std::string pool;                       // "": mean for texts and sounds, flat for pictures
  std::string out;
  std::size_t batch = 16;
  int threads = 0;  // 0: all cores
  bool lists_layers = false, is_normalised = false, quiet = false;
};
/// What a network makes of stimuli, as a file of features; or the list of its layers. Stopped by
/// SIGINT and SIGTERM as run() is, and gone on with by the same call.
int features(const FeaturesArguments& arguments, const extraction::Runtime& runtime);

/// Reads the command line and does what it says. Never throws.
int run_command_line(int count, const char* const* words, const extraction::Runtime& runtime);

}  // namespace insula::command
