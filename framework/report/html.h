// SPDX-License-Identifier: Apache-2.0
// The report: one self-contained HTML file, made from a results folder alone.
#pragma once

#include <string>

namespace insula::report {

/// Reads `folder` and writes folder/report.html. errors  InputError if the folder cannot be read
void write_html(const std::string& folder);

}  // namespace insula::report
