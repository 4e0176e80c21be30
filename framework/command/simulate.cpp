// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/terminal.h"
#include "framework/experiment/twin.h"
#include "modules/catalogue.h"

namespace insula::command {

// The portable instruction set gives the same bytes on every machine, so that a dataset can be made
// again anywhere; one simulation needs no speed.
int simulate(const SimulateArguments& arguments) {
  const Catalogue kinds = catalogue(Isa::portable);
  experiment::Recipe recipe = experiment::read_recipe(arguments.recipe, kinds);
  if (arguments.seed) recipe.seed = *arguments.seed;
  const experiment::Twin twin = experiment::simulate(recipe, Isa::portable);
  experiment::write(recipe, twin, arguments.out);
  const std::filesystem::path folder = arguments.out;
  print("The dataset is " + (folder / "dataset.yaml").string() + "\nThe truth is   " +
        (folder / "truth.tsv").string() + "\n");
  return 0;
}

}  // namespace insula::command
