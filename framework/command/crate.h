// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "framework/report/results.h"

namespace insula::command {

/// Writes ro-crate-metadata.json into a folder of results: its files with sizes and SHA-256, the
/// command that made them and when, the files that were read with their SHA-256, and versions.
/// `results` are those of the folder. tasks.sqlite is not described: it is for the next run.
/// errors  InputError if the folder cannot be read or written
/// source  RO-Crate Metadata Specification 1.1.3 (doi:10.5281/zenodo.7867028)
void write_crate(const report::Results& results,
                 const std::string& folder,
                 const std::string& command);

/// Of an earlier run: it would describe other files.
void remove_crate(const std::string& folder);

}  // namespace insula::command
