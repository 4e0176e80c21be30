// SPDX-License-Identifier: Apache-2.0
// One interface for arrays of all formats.
#include "framework/dataset/array.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "framework/dataset/detail/number_type.h"
#include "framework/dataset/file.h"
#include "tests/framework/dataset/array_files.h"

namespace insula::dataset {
namespace {

TEST(Array, ReadsWhatNumPyWrote) {
  const auto npy = [](const char* name) {
    return open_array(reference_array(name), ArrayFormat::npy);
  };
  expect_rows(npy("float16.npy"), expected_numbers(5, 3, 0.25));
  expect_rows(npy("big_endian.npy"), expected_numbers(5, 3, 0.25));
  expect_rows(npy("big_endian_integers.npy"), expected_numbers(5, 3, 1));
  const Eigen::MatrixXd truth = (expected_numbers(5, 3, 1).array() > 0).cast<double>();
  expect_rows(npy("truth.npy"), truth);
  EXPECT_EQ(npy("float16.npy").type(), "<f2");
  EXPECT_EQ(npy("float16.npy").number_size(), 2U);
}

TEST(Array, HasTheLastIndexFastestInARowWhateverTheOrderOfTheFile) {
  const Array array = open_array(reference_array("three_dimensions.npy"), ArrayFormat::npy);
  EXPECT_EQ(array.shape(), (std::vector<std::size_t>{4, 2, 3}));
  expect_rows(array, expected_numbers(4, 6, 0.25));
  EXPECT_THROW(array.matrix(), InputError);
}

TEST(Array, ReadsStoredAndDeflatedMembers) {
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    const auto open = [&](const char* name) {
      return open_array(reference_array(file), ArrayFormat::npz, name);
    };
    expect_rows(open("embedding"), expected_numbers(5, 3, 0.25));
    expect_rows(open("by_column"), expected_numbers(5, 3, 0.25));
    expect_rows(open("counts"), expected_numbers(5, 3, 1));
    expect_rows(open("vector"), expected_numbers(5, 1, 0.25));
  }
  expect_rows(open_array(reference_array("one.npz"), ArrayFormat::npz),
              expected_numbers(5, 3, 0.25));
}

TEST(Array, ReadsWhatSafetensorsWrote) {
  const auto open = [](const char* name) {
    return open_array(reference_array("tensors.safetensors"), ArrayFormat::safetensors, name);
  };
  for (const char* name : {"f64", "f32", "f16", "bf16"}) {
    expect_rows(open(name), expected_numbers(5, 3, 0.25));
  }
  for (const char* name : {"i64", "i32", "i16", "i8"}) {
    expect_rows(open(name), expected_numbers(5, 3, 1));
  }
  expect_rows(open("layers"), expected_numbers(4, 6, 0.25));
  EXPECT_EQ(open("bf16").type(), "BF16");
  EXPECT_EQ(open("truth").matrix().sum(), 6);
}

TEST(Array, ReadsWhatH5pyWrote) {
  const auto open = [](const char* name) {
    return open_array(reference_array("arrays.h5"), ArrayFormat::hdf5, name);
  };
  for (const char* name : {"contiguous",
                           "/model/layer/embedding",
                           "half",
                           "big_endian",
                           "soft",
                           "model/soft/embedding"}) {
    expect_rows(open(name), expected_numbers(5, 3, 0.25));
  }
  expect_rows(open("checked"), expected_numbers(5, 3, 1));
  expect_rows(open("vector"), expected_numbers(5, 1, 0.25));
  expect_rows(open("layers"), expected_numbers(4, 6, 0.25));
  expect_rows(open("deflated"), expected_numbers(50, 3, 0.25));
  expect_rows(open("chunked_layers"), expected_numbers(4, 6, 0.25));
  expect_rows(open("chunked_big_endian"), expected_numbers(5, 3, 0.25));
  expect_rows(open("chunked_vector"), expected_numbers(5, 1, 0.25));
  expect_rows(open("chunked_plain"), expected_numbers(5, 3, 0.25));
  Eigen::MatrixXd sparse = Eigen::MatrixXd::Constant(6, 3, 2.5);
  sparse.middleRows(2, 2).setOnes();
  expect_rows(open("sparse"), sparse);
  expect_rows(open("deflated_float"), expected_numbers(50, 3, 0.25));
  EXPECT_EQ(open("truth").matrix().sum(), 6);
  EXPECT_EQ(open("half").type(), "f2");
  expect_rows(open_array(reference_array("one.h5"), ArrayFormat::hdf5),
              expected_numbers(5, 3, 0.25));
}

TEST(Array, IsTheSameFromSeveralThreads) {
  for (const auto& [file, format, name] :
       {std::tuple("deflated.npz", ArrayFormat::npz, "by_column"),
        std::tuple("tensors.safetensors", ArrayFormat::safetensors, "f16"),
        std::tuple("arrays.h5", ArrayFormat::hdf5, "model/layer/embedding")}) {
    const Array array = open_array(reference_array(file), format, name);
    int wrong[2] = {0, 0};
    const auto read = [&](int thread) {
      for (std::size_t i = 0; i < 200; ++i) {
        const std::size_t first = (i + static_cast<std::size_t>(thread)) % 5;
        wrong[thread] += rows_of<double>(array, first, first + 1) !=
                         expected_numbers(5, 3, 0.25).row(static_cast<Eigen::Index>(first));
      }
    };
    std::thread other(read, 1);
    read(0);
    other.join();
    EXPECT_EQ(wrong[0] + wrong[1], 0) << file;
  }
}

// 64 GiB of which next to nothing lies on the disk: only the rows that are asked for are read.
TEST(Array, MayBeLargerThanMemory) {
  const Folder folder;
  const std::size_t rows = std::size_t{1} << 23, columns = 1024;
  const std::string header = npy("<f8", "(8388608, 1024)", "");
  folder.write("x.npy", header);
  std::error_code error;
  std::filesystem::resize_file(folder.path("x.npy"), header.size() + rows * columns * 8, error);
  if (error) GTEST_SKIP() << "the disk takes no file of 64 GiB with holes: " << error.message();
  std::fstream file(folder.path("x.npy"), std::ios::binary | std::ios::in | std::ios::out);
  const double number = 1.5;
  file.seekp(static_cast<std::streamoff>(header.size() + ((rows - 2) * columns + 7) * 8));
  file.write(reinterpret_cast<const char*>(&number), sizeof number);
  file.close();
  const Array array = open_array(folder.path("x.npy"), ArrayFormat::npy);
  EXPECT_EQ(array.rows(), rows);
  const Eigen::MatrixXd last = rows_of<double>(array, rows - 3, rows);
  EXPECT_EQ(last(1, 7), 1.5);
  EXPECT_EQ(last.sum(), 1.5);
}

TEST(Array, TellsWhichNumberAFloatCannotHold) {
  const Folder folder;
  folder.write("x.npy", npy("<f8", "(2, 2)", raw<double>({1, -1e300, INFINITY, NAN})));
  const Array array = open_array(folder.path("x.npy"), ArrayFormat::npy);
  EXPECT_EQ(rows_of<double>(array, 0, 1)(0, 1), -1e300);
  EXPECT_EQ(rows_of<float>(array, 1, 2)(0, 0), INFINITY);
  EXPECT_TRUE(std::isnan(rows_of<float>(array, 1, 2)(0, 1)));
  try {
    rows_of<float>(array, 0, 2);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.mistakes().at(0).message,
              "the number -1e+300 at row 0, column 1 (counted from 0) is too large to be held in "
              "single precision");
  }
  const Array h5 = open_array(reference_array("arrays.h5"), ArrayFormat::hdf5, "large_numbers");
  EXPECT_EQ(rows_of<double>(h5, 1, 2)(0, 1), 1e300);
  try {
    rows_of<float>(h5, 0, 2);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.mistakes().at(0).message,
              "the number 1e+300 at row 1, column 1 (counted from 0) of dataset 'large_numbers' is "
              "too large to be held in single precision");
  }
}

TEST(Array, GivesTheRowOfAWrongNumberInALargePart) {
  // More numbers than are converted at a time, in both orders.
  std::vector<std::int64_t> values(3 * 70000);
  values[2 * 70000 + 66000] = std::int64_t{1} << 60;
  EXPECT_EQ(refusal_of_bytes(npy("<i8", "(70000, 3)", raw(values), true), ArrayFormat::npy),
            "the integer 1152921504606846976 at row 66000, column 2 (counted from 0) is too large "
            "to be held exactly");
  EXPECT_EQ(refusal_of_bytes(npy("<i8", "(70000, 3)", raw(values)), ArrayFormat::npy),
            "the integer 1152921504606846976 at row 68666, column 2 (counted from 0) is too large "
            "to be held exactly");
}

TEST(Array, RefusesRowsThatItDoesNotHave) {
  const Array array = open_array(reference_array("float16.npy"), ArrayFormat::npy);
  std::vector<double> out(6);
  EXPECT_THROW(array.read_rows(4, 6, std::span<double>(out)), InternalError);
  EXPECT_THROW(array.read_rows(2, 1, std::span<double>(out)), InternalError);
  EXPECT_THROW(array.read_rows(0, 1, std::span<double>(out)), InternalError);
  EXPECT_THROW(Array().read_rows(0, 1, std::span<double>(out)), InternalError);
  EXPECT_EQ(Array().rows(), 0U);
}

// Recordings, inputs and trials may lie in any of the formats.
TEST(Array, HoldsRecordings) {
  const Folder folder;
  for (const char* file : {"one.npz", "stored.npz", "tensors.safetensors", "one.h5", "arrays.h5"}) {
    folder.write(file, read_bytes(reference_array(file)));
  }
  folder.write("x.bin", read_bytes(reference_array("arrays.h5")));
  folder.write("x.npz.gz", gzipped(read_bytes(reference_array("stored.npz"))));
  for (const char* file : {"one.npz",
                           "stored.npz, array: by_column",
                           "x.npz.gz, array: embedding",
                           "tensors.safetensors, tensor: bf16",
                           "one.h5",
                           "arrays.h5, dataset: model/layer/embedding",
                           "x.bin, format: hdf5, dataset: /big_endian"}) {
    const auto run = folder.load_run(std::string("recordings: {r: {modality: rate, file: ") + file +
                                     ", interval: 2 s, channels: [a, b, c]}}");
    EXPECT_EQ(run.recordings.at(0).samples, expected_numbers(5, 3, 0.25)) << file;
    EXPECT_EQ(run.recordings[0].channels.at(2), "c");
  }
  const auto trials = folder.load_run(
      "recordings: {r: {modality: rate, file: stored.npz, array: embedding, rows: trials, "
      "interval: 1 s, channels: {v: value}}}");
  EXPECT_EQ(trials.recordings.at(0).samples.rows(), 15);
  EXPECT_EQ(trials.recordings[0].samples(14, 0), 1.5);
}

TEST(Array, ThatIsNamedTwoWaysIsReadTwice) {
  const Folder folder;
  folder.write("x.npz", read_bytes(reference_array("stored.npz")));
  const auto run = folder.load_run(
      "recordings:\n"
      "  a: {modality: rate, file: x.npz, array: embedding, interval: 2 s}\n"
      "  b: {modality: rate, file: x.npz, array: vector, interval: 2 s}");
  EXPECT_EQ(run.recordings.at(0).samples.cols(), 3);
  EXPECT_EQ(run.recordings.at(1).samples.cols(), 1);
  EXPECT_EQ(folder.load().files.size(), 2U);
}

// IEEE 754-2008, 3.4: a finite half is ± 2^(e − 15)·(1 + f/1024), or ± 2^−14·f/1024 for e = 0.
TEST(NumberType, MakesEveryHalfTheNumberThatItIs) {
  const detail::NumberType* half = detail::number_type("f2");
  ASSERT_NE(half, nullptr);
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto little = static_cast<std::uint16_t>(bits);
    double value = 0;
    ASSERT_EQ(half->to_double(reinterpret_cast<const char*>(&little), 1, &value, 1), 1U);
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const double fraction = static_cast<double>(bits & 1023) / 1024, sign = bits >> 15 ? -1 : 1;
    if (exponent == 31 && fraction != 0) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else if (exponent == 31) {
      ASSERT_EQ(value, sign * INFINITY) << bits;
    } else {
      const double expected =
          exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
      ASSERT_EQ(value, sign * expected) << bits;
      ASSERT_EQ(std::signbit(value), sign < 0) << bits;
    }
  }
}

// A bfloat16 is the upper half of a float.
TEST(NumberType, MakesEveryBfloat16TheNumberThatItIs) {
  const detail::NumberType* brain = detail::number_type("bf16");
  ASSERT_NE(brain, nullptr);
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto little = static_cast<std::uint16_t>(bits);
    float value = 0, expected = 0;
    ASSERT_EQ(brain->to_float(reinterpret_cast<const char*>(&little), 1, &value, 1), 1U);
    const std::uint32_t wide = bits << 16;
    std::memcpy(&expected, &wide, sizeof expected);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(value, expected) << bits;
    }
  }
}

TEST(NumberType, TurnsTheBytesOfEveryBigEndianNumberAround) {
  for (const char* name : {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"}) {
    const detail::NumberType *little = detail::number_type(name),
                             *big = detail::number_type(name, true);
    const std::string bytes("\x01\x02\x03\x04\x05\x06\x07\x00", 8);
    std::string turned = bytes.substr(8 - little->size);
    const std::string plain = turned;
    std::reverse(turned.begin(), turned.end());
    double a = 0, b = 1;
    little->to_double(plain.data(), 1, &a, 1);
    big->to_double(turned.data(), 1, &b, 1);
    EXPECT_EQ(a, b) << name;
    EXPECT_EQ(little->text(plain.data()), big->text(turned.data())) << name;
  }
}

}  // namespace
}  // namespace insula::dataset
