// SPDX-License-Identifier: Apache-2.0
// Files that are too large to stay mapped are read by other ways, to where numbers are wanted: they
// must end at the same numbers.
#include <algorithm>

#define H5_USE_110_API
#include <hdf5.h>

#include "tests/framework/dataset/array_files.h"

namespace insula::dataset {
namespace {

constexpr std::size_t kLargeRows = 3001, kLargeColumns = 2048;
const std::vector<const char*> kLargeArrays{"contiguous", "rows", "tiles", "doubles"};

// Exact in 32 bits, and another one at every place nearby.
double number_at(std::size_t row, std::size_t column) {
  return static_cast<double>((row * 2053 + column) % 1000003);
}

// Four arrays of the same numbers, 98 MB: in one piece, in chunks of whole rows and of parts of
// rows, neither of which fit into the array, and as doubles in one piece.
void write_large(const std::string& path) {
  std::vector<float> numbers(kLargeRows * kLargeColumns);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<float>(number_at(i / kLargeColumns, i % kLargeColumns));
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extent[] = {kLargeRows, kLargeColumns}, rows[] = {100, kLargeColumns},
                tiles[] = {128, 300};
  const hid_t space = H5Screate_simple(2, extent, nullptr);
  for (const std::string name : kLargeArrays) {
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (name == "rows") H5Pset_chunk(list, 2, rows);
    if (name == "tiles") H5Pset_chunk(list, 2, tiles);
    const hid_t array = H5Dcreate2(file,
                                   name.c_str(),
                                   name == "doubles" ? H5T_IEEE_F64LE : H5T_IEEE_F32LE,
                                   space,
                                   H5P_DEFAULT,
                                   list,
                                   H5P_DEFAULT);
    EXPECT_GE(H5Dwrite(array, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()), 0);
    H5Dclose(array);
    H5Pclose(list);
  }
  H5Sclose(space);
  H5Fclose(file);
}

template <typename T>
std::size_t wrong_numbers(const Array& array, std::size_t first, std::size_t last) {
  std::vector<T> numbers((last - first) * kLargeColumns, T(-1));
  array.read_rows(first, last, std::span<T>(numbers));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    wrong +=
        static_cast<double>(numbers[i]) != number_at(first + i / kLargeColumns, i % kLargeColumns);
  return wrong;
}

TEST(Hdf5, LargeFilesAreReadToTheSameNumbersAsSmallOnes) {
  const Folder folder;
  write_large(folder.path("large.h5"));
  for (const char* name : kLargeArrays) {
    const Array array = open_array(folder.path("large.h5"), ArrayFormat::hdf5, name);
    ASSERT_EQ(array.rows(), kLargeRows);
    // Few and many rows, from within a chunk into the next ones, and up to the end.
    for (const auto& [first, last] : {std::pair<std::size_t, std::size_t>{0, 1},
                                      {37, 39},
                                      {95, 130},
                                      {100, 200},
                                      {250, 1001},
                                      {2990, 3001},
                                      {0, kLargeRows}}) {
      EXPECT_EQ(wrong_numbers<float>(array, first, last), 0U) << name << " from " << first;
      EXPECT_EQ(wrong_numbers<double>(array, first, last), 0U) << name << " from " << first;
    }
  }
}

}  // namespace
}  // namespace insula::dataset
