// SPDX-License-Identifier: Apache-2.0
// What is kept of an extraction that ends early, with a network made up here: it squares the row's
// number. No runtime is needed.
#include "framework/extraction/extract.h"

#include <atomic>
#include <filesystem>
#include <set>

#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/dataset/array_files.h"

namespace insula::extraction {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

constexpr std::size_t kStimuli = 11;

// Gives row r the numbers r and r²; fails from the n-th batch on.
class Squares : public Session {
 public:
  Squares(std::atomic<int>& runs, int most, std::size_t layers)
      : runs_(runs), most_(most), layers_(layers) {}
  std::vector<Activation> run(const std::vector<Feed>& feeds) override {
    if (++runs_ > most_) throw InputError({}, "power failure");
    const auto& numbers = std::get<std::vector<float>>(feeds.at(0).numbers);
    Activation activation{{numbers.size(), 2}, {}};
    for (const float x : numbers) activation.numbers.insert(activation.numbers.end(), {x, x * x});
    return std::vector<Activation>(layers_, activation);
  }

 private:
  std::atomic<int>& runs_;
  int most_;
  std::size_t layers_;
};

class SquareNetwork : public Network {
 public:
  explicit SquareNetwork(int most = 1000) : most_(most) {}
  const std::vector<Port>& inputs() const override { return inputs_; }
  const std::vector<Layer>& layers() const override { return layers_; }
  std::unique_ptr<Session> prepare(std::span<const std::string> layers,
                                   std::size_t) const override {
    return std::make_unique<Squares>(runs, most_, layers.size());
  }
  mutable std::atomic<int> runs = 0;

 private:
  int most_;
  std::vector<Port> inputs_{{"x", {std::nullopt}, false}};
  std::vector<Layer> layers_{{"first", "? x 2", "Square", false},
                             {"second", "? x 2", "Square", true}};
};

StimulusSet numbered() {
  StimulusSet set;
  for (std::size_t i = 0; i < kStimuli; ++i) set.names.push_back("s" + std::to_string(i));
  set.sha256 = "0";
  set.feeds = [](std::span<const std::size_t> rows) {
    std::vector<float> values(rows.begin(), rows.end());
    return std::vector<Feed>{{"x", {rows.size()}, std::move(values)}};
  };
  return set;
}

Extraction in_batches_of_two() {
  Extraction made;
  made.layers = {"first", "second"};
  made.batch = 2;
  made.origin = {{"model_sha256", "abc"}};
  return made;
}

Extracted extract_numbers(const Network& network,
                          const std::string& out,
                          const ExtractionWatch& watch = {}) {
  return extract(network, "model.onnx", numbered(), in_batches_of_two(), out, watch);
}

TEST(Extraction, WritesARowForEachStimulusWithItsName) {
  const Folder folder;
  const std::string out = folder.path("x.safetensors");
  std::vector<std::size_t> told;
  const Extracted extracted = extract_numbers(
      SquareNetwork(), out, {[&](std::size_t done, std::size_t) { told.push_back(done); }, {}});
  EXPECT_TRUE(extracted.is_whole);
  EXPECT_EQ(extracted.done, kStimuli);
  EXPECT_EQ(told.front(), 0U);
  EXPECT_EQ(told.back(), kStimuli);
  for (const char* layer : {"first", "second"}) {
    const dataset::Array array = open_array(out, dataset::ArrayFormat::safetensors, layer);
    EXPECT_EQ(array.row_names(), numbered().names);
    const Eigen::MatrixXd rows = array.matrix();
    ASSERT_EQ(rows.rows(), static_cast<Eigen::Index>(kStimuli));
    for (Eigen::Index r = 0; r < rows.rows(); ++r) {
      EXPECT_EQ(rows(r, 0), static_cast<double>(r));
      EXPECT_EQ(rows(r, 1), static_cast<double>(r * r));
    }
  }
  EXPECT_FALSE(fs::exists(out + ".partial"));
}

TEST(Extraction, ThatFailsAnywhereGoesOnAndEndsWithTheSameBytes) {
  const Folder folder;
  const std::string whole = folder.path("whole.safetensors");
  extract_numbers(SquareNetwork(), whole);
  set_threads(1);
  for (int most = 0; most < 6; ++most) {
    const std::string out = folder.path(std::to_string(most) + ".safetensors");
    EXPECT_THROW(extract_numbers(SquareNetwork(most), out), InputError);
    EXPECT_FALSE(fs::exists(out));
    EXPECT_EQ(fs::exists(out + ".partial"), most > 0);
    const SquareNetwork rest;
    EXPECT_TRUE(extract_numbers(rest, out).is_whole);
    EXPECT_EQ(rest.runs, 6 - most) << "finished batches are not run again";
    EXPECT_EQ(dataset::read_bytes(out), dataset::read_bytes(whole));
  }
  set_threads(0);
}

TEST(Extraction, IsStoppedBetweenBatchesAndGoesOn) {
  const Folder folder;
  const std::string out = folder.path("x.safetensors");
  std::size_t done = 0;
  set_threads(1);
  const Extracted stopped = extract_numbers(
      SquareNetwork(),
      out,
      {[&](std::size_t now, std::size_t) { done = now; }, [&] { return done >= 4; }});
  set_threads(0);
  EXPECT_FALSE(stopped.is_whole);
  EXPECT_EQ(stopped.done, 4U);
  EXPECT_TRUE(extract_numbers(SquareNetwork(), out).is_whole);
  const SquareNetwork idle;
  EXPECT_TRUE(extract_numbers(idle, out).was_there);
  EXPECT_EQ(idle.runs, 0);
}

// Whatever of OUT.partial reached the disk of a process that was killed: it goes on or refuses, and
// a file that it finishes is right.
TEST(Extraction, FromAPartialFileCutOffAnywhereIsRightOrRefused) {
  const Folder folder;
  const std::string whole = folder.path("whole.safetensors"), out = folder.path("x.safetensors");
  extract_numbers(SquareNetwork(), whole);
  set_threads(1);
  EXPECT_THROW(extract_numbers(SquareNetwork(4), out), InputError);
  const std::string partial = dataset::read_bytes(out + ".partial");
  int finished = 0;
  for (std::size_t n = 0; n <= partial.size(); ++n) {
    folder.write("x.safetensors.partial", partial.substr(0, n));
    try {
      extract_numbers(SquareNetwork(), out);
    } catch (const InputError& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      continue;
    }
    // Without a byte of its journal the file counts as whole: it was cut there at its end.
    const bool is_at_end = n + 6 == partial.size();
    if (!is_at_end) {
      EXPECT_EQ(dataset::read_bytes(out), dataset::read_bytes(whole)) << n;
    }
    finished += is_at_end ? 0 : 1;
    fs::remove(out);
  }
  set_threads(0);
  EXPECT_GE(finished, 2);
}

std::string said_of_extraction(const Network& network,
                               const Extraction& made,
                               const std::string& out) {
  try {
    extract(network, "model.onnx", numbered(), made, out, {});
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
}

TEST(Extraction, WritesOverNothingThatItDidNotMake) {
  const Folder folder;
  const std::string out = folder.path("x.safetensors");
  folder.write("x.safetensors", "mine");
  EXPECT_EQ(folder.without_folder(said_of_extraction(SquareNetwork(), in_batches_of_two(), out)),
            "DIR/x.safetensors: error: the file exists and was not made by this command, so "
            "nothing was written\n  note: name another file with --out, or remove this one");
  EXPECT_EQ(dataset::read_bytes(out), "mine");
  fs::remove(out);

  set_threads(1);
  EXPECT_THROW(extract_numbers(SquareNetwork(2), out), InputError);
  set_threads(0);
  Extraction other = in_batches_of_two();
  other.origin["model_sha256"] = "another model";
  EXPECT_EQ(folder.without_folder(said_of_extraction(SquareNetwork(), other, out)),
            "DIR/x.safetensors.partial: error: the file is of another extraction, so nothing was "
            "written\n  note: end that with the command that began it, remove the file, or name "
            "another with --out");
  EXPECT_TRUE(extract_numbers(SquareNetwork(), out).is_whole);
  EXPECT_EQ(
      said_of_extraction(SquareNetwork(), in_batches_of_two(), folder.path("absent/x.safetensors"))
          .ends_with("the file cannot be written: No such file or directory"),
      true);
}

TEST(Extraction, OfALayerThatThereIsNotSuggestsOne) {
  const Folder folder;
  Extraction made = in_batches_of_two();
  made.layers = {"secnd"};
  EXPECT_EQ(said_of_extraction(SquareNetwork(), made, folder.path("x.safetensors")),
            "model.onnx: error: the network has no layer 'secnd'\n"
            "  note: did you mean 'second'? `--list-layers` shows all");
  made.layers = {"nothing like it"};
  EXPECT_EQ(said_of_extraction(SquareNetwork(), made, folder.path("x.safetensors")),
            "model.onnx: error: the network has no layer 'nothing like it'\n"
            "  note: `--list-layers` shows all 2");
  made.layers = {"first", "first"};
  EXPECT_EQ(said_of_extraction(SquareNetwork(), made, folder.path("x.safetensors")),
            "model.onnx: error: layer 'first' is asked for twice");
}

}  // namespace
}  // namespace insula::extraction
