// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "framework/base/error.h"
#include "tests/framework/dataset/bytes.h"

namespace insula::dataset {
namespace {

std::string mistake_of_npy(const std::string& bytes) {
  try {
    parse_npy(bytes, "x.npy");
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_EQ(error.mistakes().size(), 1U);
    return error.mistakes().at(0).message;
  }
}

template <typename T>
void expect_reads(const std::string& type) {
  constexpr T low = std::numeric_limits<T>::is_signed ? T(-3) : T(3);
  const std::vector<T> values = {T(0), T(1), low, T(100), T(7), T(8)};
  const Eigen::MatrixXd c = parse_npy(npy(type, "(2, 3)", raw(values)), "x.npy");
  ASSERT_EQ(c.rows(), 2) << type;
  ASSERT_EQ(c.cols(), 3) << type;
  EXPECT_EQ(c(0, 2), static_cast<double>(low)) << type;
  EXPECT_EQ(c(1, 0), 100) << type;
  const Eigen::MatrixXd f = parse_npy(npy(type, "(2, 3)", raw(values), true), "x.npy");
  EXPECT_EQ(f(0, 1), static_cast<double>(low)) << type;
  EXPECT_EQ(f(1, 1), 100) << type;
}

TEST(Npy, ReadsEveryTypeInBothOrders) {
  expect_reads<float>("<f4");
  expect_reads<double>("<f8");
  expect_reads<std::int8_t>("|i1");
  expect_reads<std::int16_t>("<i2");
  expect_reads<std::int32_t>("<i4");
  expect_reads<std::int64_t>("<i8");
  expect_reads<std::uint8_t>("|u1");
  expect_reads<std::uint16_t>("<u2");
  expect_reads<std::uint32_t>("<u4");
  expect_reads<std::uint64_t>("<u8");
}

TEST(Npy, ReadsEveryVersionAndMakesAVectorOneColumn) {
  for (const int version : {1, 2, 3}) {
    const std::string payload = raw<double>({1.5, std::nan(""), -2});
    const Eigen::MatrixXd x = parse_npy(npy("<f8", "(3,)", payload, false, version), "x.npy");
    ASSERT_EQ(x.rows(), 3);
    ASSERT_EQ(x.cols(), 1);
    EXPECT_EQ(x(0, 0), 1.5);
    EXPECT_TRUE(std::isnan(x(1, 0)));
    EXPECT_EQ(x(2, 0), -2);
  }
}

TEST(Npy, ReadsBytesThatNumPyWrote) {
  // numpy 1.24: np.save of np.array([[1, -2], [3, 4]], dtype='<i2')
  std::string bytes(
      "\x93NUMPY\x01\x00v\x00{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }", 70);
  bytes.append(57, ' ');
  bytes.append("\n\x01\x00\xfe\xff\x03\x00\x04\x00", 9);
  const Eigen::MatrixXd x = parse_npy(bytes, "x.npy");
  EXPECT_EQ(x, (Eigen::MatrixXd(2, 2) << 1, -2, 3, 4).finished());
}

TEST(Npy, RefusesAFileThatIsShorterOrLongerThanItSays) {
  const std::string good = npy("<f8", "(2, 2)", raw<double>({1, 2, 3, 4}));
  EXPECT_EQ(mistake_of_npy(good.substr(0, good.size() - 1)),
            "the file is shorter than its header says: 2 x 2 of '<f8', got 31 bytes");
  EXPECT_EQ(mistake_of_npy(good + "x"),
            "the file is longer than its header says: 2 x 2 of '<f8', got 33 bytes");
  EXPECT_EQ(mistake_of_npy(good.substr(0, 60)), "the file ends in the header of the array");
  EXPECT_EQ(mistake_of_npy(good.substr(0, 7)), "the file ends in the header of the array");
  EXPECT_EQ(mistake_of_npy(""), "the file does not start as a NumPy array does");
}

TEST(Npy, RefusesAForgedShapeWithoutAllocatingIt) {
  // 2^33 · 2^33 · 8 bytes overflow to 0 in 64 bits.
  EXPECT_EQ(
      mistake_of_npy(npy("<f8", "(8589934592, 8589934592)", "")),
      "the file is shorter than its header says: 8589934592 x 8589934592 of '<f8', got 0 bytes");
  EXPECT_EQ(mistake_of_npy(npy("<f8", "(99999999999999999999, 1)", "")),
            "the header of the array cannot be read");
  EXPECT_EQ(mistake_of_npy(npy("<f8", "(4294967296, 0)", "")),
            "the array is empty: 4294967296 x 0");
}

TEST(Npy, RefusesOtherTypesAndShapes) {
  EXPECT_EQ(
      mistake_of_npy(npy("<f16", "(1,)", std::string(16, 'x'))),
      "the array holds '<f16', expected real numbers (f2, f4, f8), integers (i1 to i8, u1 to u8) "
      "or truth values (b1)");
  EXPECT_NE(mistake_of_npy(npy("=f8", "(1,)", std::string(8, 'x'))), "");
  EXPECT_NE(mistake_of_npy(npy("|f8", "(1,)", std::string(8, 'x'))), "");
  EXPECT_NE(mistake_of_npy(npy("<bf16", "(1,)", std::string(2, 'x'))), "");
  EXPECT_NE(mistake_of_npy(npy("<c16", "(1,)", std::string(16, 'x'))), "");
  EXPECT_NE(mistake_of_npy(npy("|O", "(1,)", std::string(8, 'x'))), "");
  EXPECT_EQ(mistake_of_npy(npy("<f8", "()", std::string(8, 'x'))),
            "the array is a single number, expected one or two dimensions");
  EXPECT_EQ(mistake_of_npy(npy("<f8", "(1, 1, 1)", std::string(8, 'x'))),
            "the array is 1 x 1 x 1, expected one or two dimensions");
  EXPECT_EQ(mistake_of_npy(npy("<f8", "(1,)", std::string(8, 'x'), false, 4)),
            "the array has format version 4, expected 1, 2 or 3");
  EXPECT_EQ(mistake_of_npy(npy("<f8", "(-1,)", std::string(8, 'x'))),
            "the header of the array cannot be read");
}

TEST(Npy, RefusesFieldsAndUnknownKeys) {
  std::string fields = npy("<f8', 'descr': '<f8", "(1,)", std::string(8, 'x'));
  EXPECT_EQ(mistake_of_npy(fields), "the header of the array cannot be read");  // a key twice
  const std::string header = "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  EXPECT_EQ(mistake_of_npy(bytes + header + "12345678"),
            "the array has named fields, expected plain numbers");
}

TEST(Npy, RefusesIntegersThatADoubleCannotHold) {
  const std::int64_t exact = std::int64_t{1} << 53;
  EXPECT_EQ(parse_npy(npy("<i8", "(2,)", raw<std::int64_t>({exact, -exact})), "x")(0, 0), 0x1p53);
  EXPECT_EQ(
      mistake_of_npy(npy("<i8", "(1, 2)", raw<std::int64_t>({0, exact + 1}))),
      "the integer 9007199254740993 at row 0, column 1 (counted from 0) is too large to be held "
      "exactly");
  EXPECT_NE(mistake_of_npy(npy("<i8", "(1,)", raw<std::int64_t>({-exact - 1}))), "");
  EXPECT_NE(mistake_of_npy(npy("<u8", "(1,)", raw<std::uint64_t>({~std::uint64_t{0}}))), "");
}

}  // namespace
}  // namespace insula::dataset
