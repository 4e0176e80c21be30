// SPDX-License-Identifier: Apache-2.0
// Features that are reduced: what a run holds of them is what they are reduced to.
#include <gtest/gtest.h>
#include <malloc.h>

#include <Eigen/Core>
#include <string>

#include "framework/base/random.h"
#include "framework/dataset/npy.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/memory_in_use.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr Index kFilmRows = 12000, kFilmColumns = 500;

Experiment of_many_features(const dataset::Folder& folder, const std::string& band) {
  {
    Stream stream(1, "features");
    MatrixXd x(kFilmRows, kFilmColumns);
    for (double& value : x.reshaped()) value = static_cast<float>(stream.normal());
    folder.write("clip.npy", dataset::npy_of(x));
  }
  std::string rate = "A\n";
  for (Index i = 0; i < kFilmRows; ++i) rate += i % 3 == 0 ? "0.5\n" : "0.1\n";
  folder.write("rate.tsv", rate);
  folder.write(
      "dataset.yaml",
      "insula: dataset/1\nname: film\nsubjects:\n  - id: s1\n    runs:\n      - id: run-1\n"
      "        duration: 12000 s\n        features:\n          clip: {file: clip.npy, "
      "interval: 1 s}\n        recordings:\n          activity: {modality: rate, file: "
      "rate.tsv, interval: 1 s, channels: {A: A}}\n");
  folder.write("embedded.yaml",
               "insula: architecture/1\nname: embedded\nregions: {A: {kind: neuronal}}\nfeatures:\n"
               "  clip: {drives: [A], " +
                   band + "}\nobservations:\n  activity: {kind: rate, regions: [A]}\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: film\ndataset: dataset.yaml\n"
               "hypotheses: [embedded.yaml]\nbaselines: [mean]\n");
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

TEST(FeatureMemory, HoldsReducedColumnsAlone) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory cannot be told from a run's";
#endif
  mallopt(M_MMAP_THRESHOLD, 1 << 17);  // what is freed goes back to the system
  const dataset::Folder folder;
  const Experiment e = of_many_features(folder, "reduce: {pca: 4}");
  if (!reset_peak()) GTEST_SKIP() << "the system does not tell how much memory was in use";
  const long before = status_kib("VmRSS");
  const dataset::Subject subject = with_features(e, 0, {nullptr});
  const long risen = status_kib("VmHWM") - before;
  EXPECT_EQ(subject.runs[0].inputs.size(), 4u);
  // All of them take 23 MiB in the file and 46 in double precision. A thousand rows at a time take
  // 4, a few times over; their products 2.
  EXPECT_LT(risen, 30 * 1024);
}

}  // namespace
}  // namespace insula::experiment
