// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/picture_experiment.h"

#include <cmath>
#include <sstream>

#include "framework/base/random.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment::test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_features(std::uint64_t seed, Index rows, Index columns) {
  MatrixXd x(rows, columns);
  Stream stream(seed, "features");
  for (double& value : x.reshaped()) value = stream.normal();
  x.col(0).array() += 3;  // units and offsets differ
  x.col(1) *= 100;
  return x;
}

std::string table_of(const MatrixXd& x) {
  std::ostringstream text;
  text.precision(17);
  text << "picture";
  for (Index c = 0; c < x.cols(); ++c) text << "\tf" << c + 1;
  text << '\n';
  for (Index r = 0; r < x.rows(); ++r) {
    text << 'p' << r;
    for (Index c = 0; c < x.cols(); ++c) text << '\t' << x(r, c);
    text << '\n';
  }
  return text.str();
}

namespace {

// The activity of a region that decays at 0.5 1/s, driven by the first two columns as their
// z-scores, sampled each second, with noise of sd 0.05.
VectorXd response(const MatrixXd& x, std::uint64_t seed) {
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const MatrixXd centred = x.rowwise() - mean;
  const Eigen::RowVectorXd sd =
      (centred.colwise().squaredNorm() / static_cast<double>(x.rows())).cwiseSqrt();
  const auto samples = static_cast<Index>(kDuration);
  VectorXd y(samples);
  Stream stream(seed, "response");
  double state = 0;
  constexpr int kSteps = 1000;
  for (Index s = 0; s < samples; ++s) {
    y[s] = state + 0.05 * stream.normal();
    for (int k = 0; k < kSteps; ++k) {
      const double time = static_cast<double>(s) + (k + 0.5) / kSteps;
      const auto picture = static_cast<Index>(time / kEvery);
      const bool is_shown = time - static_cast<double>(picture) * kEvery < kLasts;
      const double drive =
          is_shown ? 0.3 * centred(picture, 0) / sd[0] - 0.2 * centred(picture, 1) / sd[1] : 0;
      state += (drive - 0.5 * state) / kSteps;
    }
  }
  return y;
}

}  // namespace

void write_pictures(const dataset::Folder& folder, const MatrixXd& x, int subjects) {
  folder.write("clip.tsv", table_of(x));
  std::string chosen = "f1";
  for (Index c = 2; c <= x.cols(); ++c) chosen += ", f" + std::to_string(c);
  std::string manifest = "insula: dataset/1\nname: pictures\nsubjects:\n";
  for (int s = 1; s <= subjects; ++s) {
    const std::string id = "s" + std::to_string(s);
    std::ostringstream events, rate;
    events << "onset\tduration\tpicture\n";
    for (Index i = 0; i < x.rows(); ++i)
      events << static_cast<double>(i) * kEvery << '\t' << kLasts << "\tp"
             << (s == 1 ? i : x.rows() - 1 - i) << '\n';
    folder.write(id + "_events.tsv", events.str());
    rate.precision(17);
    rate << "A\n";
    const VectorXd y =
        response(s == 1 ? x : MatrixXd(x.colwise().reverse()), static_cast<std::uint64_t>(s));
    for (const double value : y) rate << value << '\n';
    folder.write(id + "_rate.tsv", rate.str());
    manifest += "  - id: " + id + "\n    runs:\n      - id: run-1\n        duration: " +
                std::to_string(static_cast<int>(kDuration)) +
                " s\n        trials:\n          file: " + id +
                "_events.tsv\n          onset: {column: onset, unit: s}\n          duration: "
                "{column: duration, unit: s}\n          stimulus: picture\n        features:\n     "
                "     clip: {file: clip.tsv, columns: [" +
                chosen +
                "], names: picture, "
                "at: trials, key: stimulus}\n        recordings:\n          activity: {modality: "
                "rate, file: " +
                id + "_rate.tsv, interval: 1 s, channels: {A: A}}\n";
  }
  folder.write("dataset.yaml", manifest);
}

void write_band(const dataset::Folder& folder, const std::string& name, const std::string& band) {
  folder.write(name + ".yaml",
               "insula: architecture/1\nname: " + name +
                   "\nregions: {A: {kind: neuronal}}\nfeatures:\n  clip: {drives: [A], " + band +
                   "}\nobservations:\n  activity: {kind: rate, regions: [A]}\n");
}

Experiment load_pictures(const dataset::Folder& folder, const std::string& lines) {
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: pictures\ndataset: dataset.yaml\n" + lines);
  return load(folder.path("experiment.yaml"), portable_kinds());
}

Experiment pictures(const dataset::Folder& folder,
                    const std::string& band,
                    const std::string& lines,
                    int subjects) {
  write_pictures(folder, random_features(1, kPictures, kColumns), subjects);
  write_band(folder, "embedded", band);
  return load_pictures(folder, "hypotheses: [embedded.yaml]\n" + kFourBlocks + lines);
}

}  // namespace insula::experiment::test
