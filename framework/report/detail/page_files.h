// SPDX-License-Identifier: Apache-2.0
// The files of framework/report/page/ and the plotting library, put into the program by
// embed.cmake.
#pragma once

#include <string_view>

namespace insula::report {

extern const std::string_view kPage;     // page.html
extern const std::string_view kStyle;    // style.css
extern const std::string_view kScripts;  // figures.js and the scripts of the single figures
extern const std::string_view kLibrary;  // d3.min.js

}  // namespace insula::report
