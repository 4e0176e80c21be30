// SPDX-License-Identifier: Apache-2.0
// Representational dissimilarity matrices as people keep them: squares, or their upper triangles.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace insula::dataset {

/// One or several RDMs of the same stimuli.
struct RdmFile {
  std::size_t stimuli = 0;
  /// Of each its pairs (0,1), (0,2), …, (1,2), …; NaN where nothing is known.
  std::vector<Eigen::VectorXd> rdms;
  std::vector<std::string> names;  // of each, where the file has them; else empty
};

/// Arrays whose last two sizes are equal hold squares, one a combination of the other indices, the
/// last fastest; other arrays hold upper triangles, row by row, in their last index. A table (.tsv,
/// .csv) is one square with a column a stimulus. `array` names one of a file of several.
///
/// errors  InputError: no_input if the file cannot be read, config if its name says no format, data
///         if it holds no RDMs: other shapes, squares that are not symmetric (to 1e-5 of their
///         largest entry), numbers that are infinite, or more than 5000 stimuli
RdmFile read_rdms(const std::string& path, const std::string& array = {});

}  // namespace insula::dataset
