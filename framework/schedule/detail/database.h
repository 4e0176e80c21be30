// SPDX-License-Identifier: Apache-2.0
// The tables of a store.
#pragma once

#include <filesystem>
#include <string>

#include "framework/schedule/detail/sqlite.h"
#include "framework/schedule/store.h"

namespace insula::schedule::detail {

// "Insu" in ASCII: SQLite's own place for what a file is.
inline constexpr int kApplication = 0x496e7375;
inline constexpr int kVersion = 1;

inline std::string store_path(const std::string& folder) {
  return (std::filesystem::path(folder) / kStoreName).string();
}

/// False if the file is empty yet. Throws InputError unless it is a store that this version reads.
bool check_is_store(const Connection& connection);

}  // namespace insula::schedule::detail
