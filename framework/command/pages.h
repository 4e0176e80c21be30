// SPDX-License-Identifier: Apache-2.0
// Pages on documents other than architectures, and the list of kinds.
#pragma once

#include <string>

#include "framework/contract/catalogue.h"
#include "framework/dataset/dataset.h"
#include "framework/experiment/experiment.h"
#include "framework/experiment/twin.h"

namespace insula::command {

std::string page(const dataset::Dataset& dataset);
std::string page(const experiment::Experiment& experiment);
std::string page(const experiment::Recipe& recipe, const experiment::Twin& twin);
/// Every kind with its summary, by sort.
std::string list_of_kinds(const Catalogue& catalogue);
/// The page of the baseline that is an architecture.
std::string page(const experiment::BuiltBaseline& built);
std::string page(const CorruptionKind& kind);

}  // namespace insula::command
