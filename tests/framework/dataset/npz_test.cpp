// SPDX-License-Identifier: Apache-2.0
// ZIP files made here after PKWARE's APPNOTE 6.3.9, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.
#include <zlib.h>

#include <functional>

#include "framework/dataset/file.h"
#include "tests/framework/dataset/array_files.h"

namespace insula::dataset {
namespace {

std::string little(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
  return bytes;
}

struct Member {
  std::string name, content;
  std::uint64_t method = 0, flags = 0, size = 0, crc = 0, at = 0;
  bool has_large_numbers = false;  // the directory gives its sizes in a ZIP64 field

  Member(std::string called, std::string bytes)
      : name(std::move(called)), content(std::move(bytes)), size(content.size()) {
    crc = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(size));
  }
  std::string facts(std::size_t extra) const {
    const bool is_large = extra > 0;
    return little(flags, 2) + little(method, 2) + little(0, 4) + little(crc, 4) +
           little(is_large ? 0xffffffff : content.size(), 4) +
           little(is_large ? 0xffffffff : size, 4) + little(name.size(), 2) + little(extra, 2);
  }
  std::string local() const { return "PK\3\4" + little(20, 2) + facts(0) + name + content; }
  std::string central() const {
    const std::string extra = has_large_numbers
                                  ? little(7, 2) + little(1, 2) + "x" + little(1, 2) +
                                        little(16, 2) + little(size, 8) + little(content.size(), 8)
                                  : "";
    return "PK\1\2" + little(20, 2) + little(20, 2) + facts(extra.size()) + little(0, 2) +
           little(0, 2) + little(0, 2) + little(0, 4) + little(at, 4) + name + extra;
  }
};

std::string zip(std::vector<Member> members,
                bool is_large = false,
                const std::function<void(std::vector<Member>&)>& forge = {}) {
  std::string bytes, directory;
  for (Member& member : members) {
    member.at = bytes.size();
    bytes += member.local();
  }
  if (forge) forge(members);
  for (const Member& member : members) directory += member.central();
  const std::size_t at = bytes.size(), count = members.size();
  bytes += directory;
  if (is_large) {
    const std::size_t end = bytes.size();
    bytes += "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
             little(count, 8) + little(count, 8) + little(directory.size(), 8) + little(at, 8);
    bytes += "PK\6\7" + little(0, 4) + little(end, 8) + little(1, 4);
    return bytes + "PK\5\6" + little(0, 4) + little(0xffff, 2) + little(0xffff, 2) +
           little(0xffffffff, 4) + little(0xffffffff, 4) + little(0, 2);
  }
  return bytes + "PK\5\6" + little(0, 4) + little(count, 2) + little(count, 2) +
         little(directory.size(), 4) + little(at, 4) + little(7, 2) + "comment";
}

Member array_member(const std::string& name) {
  return {name + ".npy", npy("<f4", "(2, 2)", raw<float>({1, 2, 3, 4}))};
}

std::string said_of_npz(const std::string& bytes, const std::string& name = "a") {
  return refusal_of_bytes(bytes, ArrayFormat::npz, name);
}

std::string forged(const std::function<void(std::vector<Member>&)>& forge) {
  return said_of_npz(zip({array_member("a"), array_member("b")}, false, forge));
}

constexpr const char* kDamaged = "the ZIP file is damaged: ";

TEST(Npz, MayBeLargerThanFourGigabytesByItsDirectory) {
  Member a = array_member("a");
  a.has_large_numbers = true;
  const Folder folder;
  folder.write("x.npz", zip({array_member("b"), a}, true));
  expect_rows(open_array(folder.path("x.npz"), ArrayFormat::npz, "a"),
              (Eigen::MatrixXd(2, 2) << 1, 2, 3, 4).finished());
}

TEST(Npz, TellsWhichArraysThereAre) {
  const std::string bytes = zip({array_member("a"), {"readme.txt", "x"}, array_member("bold")});
  EXPECT_EQ(said_of_npz(bytes, "bolt"),
            "'FILE' has no array 'bolt' [did you mean 'bold'? it has: a, bold]");
  EXPECT_EQ(said_of_npz(bytes, ""),
            "'FILE' holds 2 arrays, but no key 'array' says which is meant [it has: a, bold]");
  EXPECT_EQ(said_of_npz(zip({{"readme.txt", "x"}})), "the file holds no array");
  EXPECT_EQ(said_of_npz(zip({array_member("a"), array_member("a")})),
            std::string(kDamaged) + "it has two members 'a.npy' [copy or make the file again]");
}

TEST(Npz, OfManyArraysNamesSome) {
  std::vector<Member> many;
  for (int i = 0; i < 30; ++i) many.push_back(array_member("x" + std::to_string(i)));
  EXPECT_TRUE(said_of_npz(zip(many), "").ends_with("x18, x19 and 10 more]"));
}

TEST(Npz, ThatEndEarlyAreRefused) {
  const std::string good = read_bytes(reference_array("deflated.npz"));
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_NE(said_of_npz(good.substr(0, n), "embedding"), "") << n;
  }
  EXPECT_EQ(said_of_npz(""), "the file does not start as a ZIP file (.npz) does");
}

TEST(Npz, WhoseDirectoryIsForgedAreRefused) {
  const auto says = [](const std::string& what, const std::string& text) {
    EXPECT_EQ(text, kDamaged + what + " [copy or make the file again]");
  };
  says("member 'a.npy' has another checksum than the directory says",
       forged([](auto& members) { members[0].crc ^= 1; }));
  says("member 'a.npy' has another checksum than the directory says",
       forged([](auto& members) { members[0].size = 1U << 30; }));
  says("member 'b.npy' is not where the directory says",
       forged([](auto& members) { members[1].at += 1; }));
  says("member 'b.npy' is not where the directory says",
       forged([](auto& members) { members[1].at = 0xfffffff0; }));
  says("members 'a.npy' and 'b.npy' overlap",
       forged([](auto& members) { members[1].at = members[0].at; }));
  says("member 'a.npy' is cut off", forged([](auto& members) { members[0].content.resize(4000); }));
  std::string bytes = zip({array_member("a")});
  bytes[bytes.size() - 7 - 22 + 10] = 2;
  says("its directory has fewer members than it says", said_of_npz(bytes));
  bytes[bytes.size() - 7 - 22 + 10] = 0;
  says("its directory is shorter than it says", said_of_npz(bytes));
}

TEST(Npz, WhoseMembersAreDamagedEncryptedOrPackedOtherwiseAreRefused) {
  EXPECT_EQ(forged([](auto& members) { members[0].flags = 1; }),
            "member 'a.npy' is encrypted [unpack the file and pack it without a password]");
  EXPECT_EQ(forged([](auto& members) { members[0].method = 14; }),
            "member 'a.npy' is packed by method 14, expected 0 (stored) or 8 (deflated) [np.savez "
            "and np.savez_compressed write these]");
  EXPECT_EQ(
      forged([](auto& members) { members[0].method = 8; }),
      std::string(kDamaged) + "member 'a.npy' cannot be unpacked [copy or make the file again]");
  EXPECT_EQ(forged([](auto& members) {
              members[0].method = 8;
              members[0].size = 1U << 30;
            }),
            std::string(kDamaged) +
                "member 'a.npy' cannot be as large as the directory says [copy "
                "or make the file again]");
}

TEST(Npz, ArraysAreCheckedAsTheyAreOutsideOfIt) {
  const auto holding = [](const std::string& bytes) {
    return said_of_npz(zip({{"a.npy", bytes}}));
  };
  const std::string good = npy("<f8", "(2, 2)", raw<double>({1, 2, 3, 4}));
  EXPECT_EQ(holding(good), "");
  EXPECT_EQ(holding("text"), "member 'a.npy' does not start as a NumPy array does");
  EXPECT_EQ(holding(good.substr(0, 40)), "member 'a.npy' ends in the header of array 'a'");
  EXPECT_EQ(holding(good + "x"),
            "member 'a.npy' is longer than its header says: 2 x 2 of '<f8', got 33 bytes");
  EXPECT_EQ(holding(npy("<f8", "(0, 2)", "")), "array 'a' is empty: 0 x 2");
  EXPECT_EQ(holding(npy("<i8", "(1,)", raw<std::int64_t>({std::int64_t{1} << 60}))),
            "the integer 1152921504606846976 at row 0, column 0 (counted from 0) of array 'a' is "
            "too large to be held exactly");
}

}  // namespace
}  // namespace insula::dataset
