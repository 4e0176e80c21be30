// SPDX-License-Identifier: Apache-2.0
// Damaged files end in an InputError or in numbers, never in anything else: 200 seeded cases a
// format.
#include <gtest/gtest.h>

#include <functional>

#include "framework/base/random.h"
#include "framework/dataset/file.h"
#include "framework/dataset/npy.h"
#include "framework/dataset/table.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/damage.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

// Gives how many of 200 damaged versions were refused.
int refused(const std::string& name,
            const std::string& bytes,
            const std::function<void(const std::string&)>& read) {
  int count = 0;
  for (int i = 0; i < 200; ++i) {
    Stream stream(17, name + std::to_string(i));
    const std::string text = damaged(bytes, stream);
    try {
      read(text);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.mistakes().empty()) << name << " case " << i;
      EXPECT_LE(error.mistakes().size(), 1 + kMistakesShown) << name << " case " << i;
      ++count;
    }
  }
  return count;
}

void read_all(const Table& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t column = 0; column < table.columns(); ++column) {
      table.number(row, column);
      const Place place = table.place(row, column);
      EXPECT_GE(place.line, 2);
      EXPECT_GE(place.column, 1);
      EXPECT_LE(table.text(row, column).size(), 400U);
    }
  }
}

constexpr const char* kTable =
    "a\tb\tc\n1\t2\t3\n\"x\"\t\"y \"\"z\"\"\"\tn/a\n-1e-5\t.5\t\xC3\xA9\n";

TEST(Fuzz, DamagedTablesAreReadOrRefused) {
  const int count = refused(
      "table", kTable, [](const std::string& text) { read_all(Table(text, "x.tsv", '\t')); });
  EXPECT_GT(count, 20);
  EXPECT_LT(count, 180);
}

TEST(Fuzz, DamagedArraysAreReadOrRefused) {
  const std::string good = npy("<f4", "(3, 2)", raw<float>({1, 2, 3, 4, 5, 6}));
  const int count = refused("npy", good, [](const std::string& bytes) {
    const Eigen::MatrixXd x = parse_npy(bytes, "x.npy");
    EXPECT_LE(x.size(), 24);  // as many as 24 bytes can hold
  });
  EXPECT_GT(count, 60);  // every truncation and insertion in front of the data, at least
}

TEST(Fuzz, DamagedGzipIsRefused) {
  const std::string text = std::string(kTable) + std::string(300, 'x');
  const int count = refused("gzip", gzipped(text), [&](const std::string& bytes) {
    EXPECT_EQ(gunzip(bytes, "x.gz"), text);  // only fields without a meaning to us may have changed
  });
  EXPECT_GT(count, 150);
}

TEST(Fuzz, EveryTruncationOfAnArrayOrGzipIsRefused) {
  const std::string array = npy("<i4", "(2, 2)", raw<std::int32_t>({1, 2, 3, 4}));
  for (std::size_t n = 0; n < array.size(); ++n) {
    EXPECT_THROW(parse_npy(array.substr(0, n), "x.npy"), InputError) << n;
  }
  const std::string packed = gzipped(kTable);
  for (std::size_t n = 0; n < packed.size(); ++n) {
    EXPECT_THROW(gunzip(packed.substr(0, n), "x.gz"), InputError) << n;
  }
}

TEST(Fuzz, DamagedManifestsLoadOrAreRefused) {
  const Folder folder;
  folder.write("bold.tsv", "t\tV1\n0\t1\n2\t3\n");
  folder.write("events.tsv", "onset\tduration\tkind\n1\t2\ta\n3\t1\tb\n");
  folder.write_manifest(
      "inputs: {events: events.tsv, by: kind, levels: {x: [a, b]}, clip: [0, 1]}\n"
      "recordings:\n  bold: {modality: bold, file: bold.tsv, interval: 2 s, time: t, delay: {V1: 1 "
      "s}}");
  const std::string good = read_bytes(folder.path("dataset.yaml"));
  const int count = refused("manifest", good, [&](const std::string& text) {
    folder.write("dataset.yaml", text);
    const Dataset dataset = folder.load();
    for (const Finding& finding : check(dataset)) EXPECT_FALSE(finding.message.empty());
  });
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace insula::dataset
