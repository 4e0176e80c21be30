// SPDX-License-Identifier: Apache-2.0
// Which instruction set the hot kernels use: the best that the machine has, or what the environment
// variable INSULA_SIMD asks for. At a fixed choice the digits are the same on every machine.
#pragma once

#include <string>
#include <vector>

namespace insula {

enum class Isa { portable, avx2, avx512 };

std::string to_text(Isa isa);

/// Those that this build has and this machine can run, best last.
std::vector<Isa> available_isas();

/// INSULA_SIMD=portable|avx2|avx512 if it is set, else the best available.
/// errors  InputError if INSULA_SIMD names no set, or one that this machine cannot run
Isa chosen_isa();

}  // namespace insula
