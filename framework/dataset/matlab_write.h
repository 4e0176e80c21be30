// SPDX-License-Identifier: Apache-2.0
// Values of MATLAB's made from ours, and files of them.
#pragma once

#include <Eigen/Core>
#include <string>
#include <utility>
#include <vector>

#include "framework/dataset/matlab.h"

namespace insula::dataset {

MatlabValue matlab_numbers(const Eigen::MatrixXd& matrix);
/// Three dimensions: matrices of one size, one for each index of the third. Without a page the
/// array is rows x columns x 0.
MatlabValue matlab_pages(const std::vector<Eigen::MatrixXd>& pages,
                         std::size_t rows,
                         std::size_t columns);
MatlabValue matlab_text(const std::string& text);
/// 1 x n.
MatlabValue matlab_cell(std::vector<MatlabValue> items);
MatlabValue matlab_texts(const std::vector<std::string>& texts);
/// 1 x 1.
MatlabValue matlab_structure(std::vector<std::pair<std::string, MatlabValue>> fields);

enum class MatlabVersion { v5, v73 };

/// Writes the fields of a structure of 1 x 1 as variables, packed. The same values give the same
/// bytes in version 5.
/// errors  InputError (no_input) if the file cannot be written; InternalError if a value is none
///         that MATLAB has
void write_matlab(const MatlabValue& variables, const std::string& path, MatlabVersion version);

}  // namespace insula::dataset
