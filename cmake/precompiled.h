// SPDX-License-Identifier: Apache-2.0
// What most files include, read once by the compiler (cmake/insula.cmake). No file relies on it:
// the clang and tidy presets build without.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
