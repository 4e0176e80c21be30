// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace insula::dataset::detail {

/// Goes through the objects of an HDF5 file in a process of its own. False if that process broke:
/// libhdf5 1.10 has faults that damaged files bring to light, and they would end ours. Needs that
/// no thread uses libhdf5 meanwhile (Hdf5Use). What a file that cannot be opened is, is for the
/// caller to say.
/// cost    some milliseconds, and a fork
bool survives_hdf5(const std::string& path);

/// The same for `look`, which may do all that is to be done with the file afterwards: what other
/// libraries ask of libhdf5 meets other faults.
/// cost    a fork, and that of `look`
bool survives(void (*look)(const char* path), const std::string& path);

}  // namespace insula::dataset::detail
