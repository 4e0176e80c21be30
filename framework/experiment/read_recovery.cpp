// SPDX-License-Identifier: Apache-2.0
// The key `recovery` of an experiment.
#include "framework/config/reader.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {
namespace {

constexpr double kMostSimulations = 1e5;  // of a hypothesis; a typing error could ask for millions

}  // namespace

void read_recovery(const config::Node& node, Experiment& e, Mistakes& mistakes) {
  if (node.is_missing()) return;
  if (!node.is_map()) {
    mistakes.add(node.place(),
                 "'recovery' must be a mapping, got " + config::found(node),
                 "for example {simulations: 20, calibration: 100}");
    return;
  }
  config::Reader r(node, "'recovery'", mistakes);
  const config::Range range{0, kMostSimulations};
  const auto simulations = r.integer("simulations", range);
  e.recovery.simulations = static_cast<int>(simulations.value_or(0));
  e.recovery.calibration =
      static_cast<int>(r.optional_integer("calibration", range).value_or(e.recovery.simulations));
  r.finish();
  if (simulations && e.recovery.simulations + e.recovery.calibration == 0)
    mistakes.add(node.place(),
                 "'recovery' asks for no data set",
                 "give 'simulations' or 'calibration' a number above 0, or remove 'recovery'");
  if (e.subjects != Subjects::separate)
    mistakes.add(node.place(),
                 "'recovery' fits subjects by themselves, but 'inference' fits them together",
                 "write 'subjects: separate', or remove 'recovery'");
}

}  // namespace insula::experiment::detail
