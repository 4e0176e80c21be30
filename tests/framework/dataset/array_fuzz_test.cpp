// SPDX-License-Identifier: Apache-2.0
// Damaged files of arrays end in an InputError or in numbers, never in anything else: seeded cases
// of truncation, insertion and changed bytes.
#include "framework/base/random.h"
#include "framework/dataset/file.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/framework/dataset/damage.h"

namespace insula::dataset {
namespace {

// A small array is all that a small file can hold.
constexpr std::size_t kMostNumbers = 1 << 20;

// How many of `cases` damaged versions of a reference file were refused.
int refused_arrays(const std::string& file,
                   ArrayFormat format,
                   const std::string& name,
                   int cases) {
  const Folder folder;
  const std::string good = read_bytes(reference_array(file));
  int count = 0;
  for (int i = 0; i < cases; ++i) {
    Stream stream(29, file + name + std::to_string(i));
    folder.write("x", damaged(good, stream));
    try {
      const Array array = open_array(folder.path("x"), format, name);
      EXPECT_LE(array.rows() * array.columns(), kMostNumbers) << file << " case " << i;
      std::vector<double> numbers(array.rows() * array.columns());
      array.read_rows(0, array.rows(), std::span<double>(numbers));
    } catch (const InputError& error) {
      EXPECT_EQ(error.mistakes().size(), 1U) << file << " case " << i;
      ++count;
    }
  }
  return count;
}

TEST(ArrayFuzz, DamagedNpyFilesAreReadOrRefused) {
  EXPECT_GT(refused_arrays("three_dimensions.npy", ArrayFormat::npy, "", 400), 200);
}

TEST(ArrayFuzz, DamagedNpzFilesAreReadOrRefused) {
  EXPECT_GT(refused_arrays("one.npz", ArrayFormat::npz, "embedding", 400), 300);
  EXPECT_GT(refused_arrays("stored.npz", ArrayFormat::npz, "by_column", 400), 200);
  EXPECT_GT(refused_arrays("deflated.npz", ArrayFormat::npz, "by_column", 400), 200);
}

TEST(ArrayFuzz, DamagedSafetensorsAreReadOrRefused) {
  EXPECT_GT(refused_arrays("tensors.safetensors", ArrayFormat::safetensors, "f16", 400), 200);
}

TEST(ArrayFuzz, DamagedHdf5FilesAreReadOrRefused) {
  EXPECT_GT(refused_arrays("one.h5", ArrayFormat::hdf5, "", 400), 100);
  EXPECT_GT(refused_arrays("arrays.h5", ArrayFormat::hdf5, "model/layer/embedding", 200), 25);
  EXPECT_GT(refused_arrays("arrays.h5", ArrayFormat::hdf5, "deflated", 200), 25);
}

}  // namespace
}  // namespace insula::dataset
