// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/small_trials.h"

#include <sstream>

#include "framework/base/random.h"
#include "framework/numerics/wiener_draw.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment::test {

void write_decisions(const dataset::Folder& folder,
                     const std::vector<Decider>& subjects,
                     int trials,
                     std::uint64_t seed) {
  std::ostringstream text;
  text.precision(17);
  text << "subject\tsignal\tnoise\tdifficulty\tchoice\trt\n";
  Stream stream(seed, "decisions");
  for (std::size_t s = 0; s < subjects.size(); ++s)
    for (int i = 0; i < trials; ++i) {
      const Decider& d = subjects[s];
      const double signal = stream.below(2) == 0 ? -1 : 1, noise = stream.normal();
      const char* levels[] = {"easy", "hard", "odd"};
      const auto drawn = numerics::draw_wiener(
          {d.drift + d.stimulus * signal, d.threshold, d.bias, d.nondecision, 0}, stream);
      text << "s" << s + 1 << '\t' << signal << '\t' << noise << '\t' << levels[stream.below(3)]
           << '\t' << (drawn.resp > 0 ? "right" : "left") << '\t' << drawn.rt << '\n';
    }
  folder.write("trials.tsv", text.str());
  folder.write("dataset.yaml", R"(insula: dataset/1
name: decisions
subjects:
  file: trials.tsv
  by: subject
  trials:
    response: choice
    responses: {left: left, right: right}
    response_time: rt
    columns: {signal: signal, noise: noise}
    factors: {difficulty: {column: difficulty, levels: [easy, hard, odd]}}
)");
}

void write_hypothesis(const dataset::Folder& folder,
                      const std::string& name,
                      const std::string& what,
                      const std::string& more) {
  folder.write(name + ".yaml",
               "insula: architecture/1\nname: " + name + "\nobservations:\n  decision: {" + what +
                   "}\n" + more);
}

Experiment load_decisions(const dataset::Folder& folder, const std::string& lines) {
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: decisions\ndataset: dataset.yaml\n" + lines);
  return load(folder.path("experiment.yaml"), portable_kinds());
}

}  // namespace insula::experiment::test
