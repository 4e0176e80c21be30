// SPDX-License-Identifier: Apache-2.0
// The catalogue of all kinds under modules/; its table is made by CMake from the file names.
#pragma once

#include "framework/contract/catalogue.h"
#include "framework/numerics/isa.h"

namespace insula {

/// All kinds, compiled for one instruction set. Kinds are in alphabetical order.
Catalogue catalogue(Isa isa = chosen_isa());

}  // namespace insula
