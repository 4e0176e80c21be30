// SPDX-License-Identifier: Apache-2.0
#include "framework/base/quantity.h"

#include <gtest/gtest.h>

#include <string>

namespace insula {
namespace {

struct Reading {
  const char* text;
  double value;
  Dimension dimension;
};

// Powers of ten act on the text, so every value is exactly the literal beside it.
TEST(Quantity, ReadsEveryUnitIntoSI) {
  const Reading readings[] = {
      {"3.22 s", 3.22, Dimension::time},
      {"3.22s", 3.22, Dimension::time},
      {"201.25 ms", 0.20125, Dimension::time},
      {"7 us", 7e-6, Dimension::time},
      {"7 \u00B5s", 7e-6, Dimension::time},
      {"7 \u03BCs", 7e-6, Dimension::time},
      {"2 min", 120, Dimension::time},
      {"1.5 h", 5400, Dimension::time},
      {"60 Hz", 60, Dimension::rate},
      {"2.5 kHz", 2500, Dimension::rate},
      {"0.64 1/s", 0.64, Dimension::rate},
      {"2 1/ms", 2000, Dimension::rate},
      {"90 1/min", 1.5, Dimension::rate},
      {"2 m", 2, Dimension::length},
      {"3 cm", 0.03, Dimension::length},
      {"0.4 mm", 0.0004, Dimension::length},
      {"5 um", 5e-6, Dimension::length},
      {"5 \u00B5m", 5e-6, Dimension::length},
      {"5 \u03BCm", 5e-6, Dimension::length},
      {"6 m/s", 6, Dimension::velocity},
      {"6 mm/ms", 6, Dimension::velocity},
      {"1 V", 1, Dimension::voltage},
      {"-70 mV", -0.07, Dimension::voltage},
      {"3 uV", 3e-6, Dimension::voltage},
      {"3 \u00B5V", 3e-6, Dimension::voltage},
      {"3 \u03BCV", 3e-6, Dimension::voltage},
      {"2 GiB", 2147483648.0, Dimension::memory},
      {"1.5 kB", 1500, Dimension::memory},
      {"4 %", 4, Dimension::percent},
      {"7", 7, Dimension::none},
  };
  for (const Reading& reading : readings) {
    const auto quantity = parse_quantity(reading.text);
    ASSERT_TRUE(quantity) << reading.text;
    EXPECT_EQ(quantity->value, reading.value) << reading.text;
    EXPECT_EQ(quantity->dimension, reading.dimension) << reading.text;
  }
}

TEST(Quantity, CombinesTheExponentOfTheNumberWithThatOfTheUnit) {
  EXPECT_EQ(parse_quantity("2e3 ms")->value, 2);
  EXPECT_EQ(parse_quantity("2E-3ms")->value, 2e-6);
  EXPECT_EQ(parse_quantity("2e+3 s")->value, 2000);
}

TEST(Quantity, RefusesWhatIsNotANumberAndAUnit) {
  for (const char* text : {"",
                           " ",
                           "s",
                           "3 parsec",
                           "3 S",
                           "3 s s",
                           "3 s ",
                           " 3 s",
                           "3..2 s",
                           "3 1",
                           "3e s",
                           "3e999999999999 s",
                           "1e308 h",
                           "--3",
                           "3 /s",
                           "3,5 s",
                           "ms 3"}) {
    EXPECT_FALSE(parse_quantity(text)) << "'" << text << "'";
  }
}

TEST(Number, IsAFiniteDecimal) {
  EXPECT_EQ(parse_number("0"), 0.0);
  EXPECT_EQ(parse_number("-0.5"), -0.5);
  EXPECT_EQ(parse_number("+0.5"), 0.5);
  EXPECT_EQ(parse_number(".5"), 0.5);
  EXPECT_EQ(parse_number("5."), 5.0);
  EXPECT_EQ(parse_number("1e-3"), 0.001);
  EXPECT_EQ(parse_number("0e0"), 0.0);
  for (const char* text : {"",
                           ".",
                           "-",
                           "+-1",
                           "1e+-1",
                           "1e",
                           "nan",
                           "inf",
                           ".inf",
                           "-.inf",
                           "1e999",
                           "1_000",
                           "1 ",
                           "0x10",
                           "1.0f",
                           "1 s"}) {
    EXPECT_FALSE(parse_number(text)) << "'" << text << "'";
  }
}

TEST(Number, MayNotLookOctalOrHexadecimal) {
  EXPECT_FALSE(parse_number("010"));
  EXPECT_FALSE(parse_number("-010.5"));
  EXPECT_FALSE(parse_number("00"));
  EXPECT_FALSE(parse_number("0o10"));
  EXPECT_FALSE(parse_quantity("010 ms"));
  EXPECT_EQ(parse_number("0.10"), 0.1);
}

TEST(Dimension, IsKnownByItsUnits) {
  EXPECT_EQ(dimension_of("1"), Dimension::none);
  EXPECT_EQ(dimension_of("s"), Dimension::time);
  EXPECT_EQ(dimension_of("mm/ms"), Dimension::velocity);
  EXPECT_FALSE(dimension_of("parsec"));
  EXPECT_FALSE(dimension_of(""));
}

TEST(Dimension, HasAUnitThatIsOneOfItsOwn) {
  for (Dimension dimension : {Dimension::none,
                              Dimension::time,
                              Dimension::rate,
                              Dimension::length,
                              Dimension::velocity,
                              Dimension::voltage,
                              Dimension::percent,
                              Dimension::memory}) {
    EXPECT_EQ(dimension_of(unit_name(dimension)), dimension);
    EXPECT_EQ(dimension_name(dimension).substr(0, 1), "a");
    for (const std::string& unit : units_of(dimension)) EXPECT_EQ(dimension_of(unit), dimension);
  }
}

TEST(Dimension, ListsItsUnitsOnce) {
  EXPECT_EQ(units_of(Dimension::time),
            (std::vector<std::string>{"s", "ms", "us", "\u00B5s", "min", "h"}));
  EXPECT_EQ(units_of(Dimension::percent), std::vector<std::string>{"%"});
  EXPECT_EQ(units_of(Dimension::memory),
            (std::vector<std::string>{"B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"}));
}

}  // namespace
}  // namespace insula
