// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy format.
#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>

namespace insula::dataset {

/// The array in the bytes of a .npy file, as doubles. A vector becomes one column.
///
/// Accepted: versions 1 to 3; f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1 of either byte order;
/// C and Fortran order; one or two dimensions. Everything else is refused with its reason: also a
/// file that is shorter or longer than its header says, and integers that a double cannot hold.
/// array.h opens files that are larger than memory.
///
/// errors  InputError (data); `shown_as` names the file
/// cost    linear in the bytes
/// source  numpy.lib.format, "Format Version" 1.0 to 3.0
Eigen::MatrixXd parse_npy(std::string_view bytes, const std::string& shown_as);

/// The bytes of a .npy file of version 1: floats of 32 bits if these hold every number exactly,
/// else of 64 bits; C order.
std::string npy_of(const Eigen::MatrixXd& values);

}  // namespace insula::dataset
