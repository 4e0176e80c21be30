// SPDX-License-Identifier: Apache-2.0
// Files after the README of huggingface/safetensors, "Format", and hostile ones.
#include "tests/framework/dataset/array_files.h"

namespace insula::dataset {
namespace {

const std::string kTensorA = R"("a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]})";
const std::string kNumbers(16, '\0');

std::string said_of(const std::string& bytes, const std::string& name = {}) {
  return refusal_of_bytes(bytes, ArrayFormat::safetensors, name);
}
std::string said_of_header(const std::string& header, const std::string& numbers = kNumbers) {
  return said_of(safetensors(header, numbers), "a");
}

TEST(Safetensors, MayBePaddedAndHaveMetadata) {
  EXPECT_EQ(said_of(safetensors("{\"__metadata__\": {\"format\": \"pt\"}, " + kTensorA + "}   ",
                                kNumbers)),
            "");
  EXPECT_EQ(said_of_header("{\"empty\": {\"dtype\": \"F32\", \"shape\": [0, 3], \"data_offsets\": "
                           "[0, 0]}, " +
                           kTensorA + "}"),
            "");
}

TEST(Safetensors, ThatEndEarlyAreRefused) {
  const std::string good = safetensors("{" + kTensorA + "}", kNumbers);
  EXPECT_EQ(said_of("", "a"),
            "the file ends in the length of its header [copy the file again, or write it again "
            "with safetensors]");
  EXPECT_EQ(said_of(good.substr(0, good.size() - 1), "a"),
            "the file is shorter than its header says: tensor 'a' takes bytes 0 to 16 of the "
            "numbers, got 15 bytes [copy the file again, or write it again with safetensors]");
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_NE(said_of(good.substr(0, n)), "") << n;
}

TEST(Safetensors, WithAHeaderOfAnImpossibleLengthAreRefused) {
  std::string bytes = safetensors("{" + kTensorA + "}", kNumbers);
  bytes[7] = '\x80';  // 2^63 and what it was
  EXPECT_EQ(said_of(bytes, "a"),
            "the header is said to have 9223372036854775873 bytes, but only 81 follow [either this "
            "is no safetensors file or it was cut off: copy or write it again]");
  bytes.replace(0, 8, 8, '\xff');
  EXPECT_NE(said_of(bytes, "a").find("18446744073709551615 bytes, but only 81"), std::string::npos);
}

TEST(Safetensors, WithAHeaderThatIsNoneAreRefused) {
  const std::string header = "the header of the safetensors file ";
  const auto says = [&](const std::string& text, const std::string& what) {
    EXPECT_TRUE(said_of_header(text).starts_with(header + what)) << said_of_header(text);
  };
  says("nonsense", "is not written in JSON");
  says("{" + kTensorA, "is not written in JSON");
  says("[1, 2]", "is no mapping of names to tensors");
  says("{" + kTensorA + ", " + kTensorA + "}", "has the key 'a' twice");
  says(
      "{\"a\": {\"dtype\": \"F32\", \"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}",
      "has the key 'dtype' twice");
  says("{\"a\": 1}", "does not give tensor 'a' a dtype, a shape and two data_offsets");
  says(R"({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0]}})",
       "does not give tensor 'a' a dtype");
  says(R"({"a": {"dtype": "F32", "shape": [2, -2], "data_offsets": [0, 16]}})",
       "has a wrong size or place of tensor 'a'");
  says(R"({"a": {"dtype": "F32", "shape": [2, 2.5], "data_offsets": [0, 16]}})",
       "has a wrong size or place of tensor 'a'");
  says(R"({"a": {"dtype": "F32", "shape": [99999999999999999999, 2], "data_offsets": [0, 16]}})",
       "has a wrong size or place of tensor 'a'");
  says("{\"a\": " + std::string(100000, '[') + "}", "is nested too deeply");
}

TEST(Safetensors, WithShapesThatDoNotFitTheirPlacesAreRefused) {
  const std::string note = " [copy the file again, or write it again with safetensors]";
  EXPECT_EQ(said_of_header(R"({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 16]}})"),
            "tensor 'a' is 2 x 3 of F32, but takes 16 bytes" + note);
  // 2^62 · 4 and 2^32 · 2^32 · 4 are 0 in 64 bits.
  EXPECT_EQ(
      said_of_header(
          R"({"a": {"dtype": "F32", "shape": [4611686018427387904], "data_offsets": [0, 0]}})", ""),
      "tensor 'a' is 4611686018427387904 of F32, but takes 0 bytes" + note);
  EXPECT_EQ(said_of_header(R"({"a": {"dtype": "F32", "shape": [4294967296, 4294967296],)"
                           R"( "data_offsets": [0, 0]}})",
                           ""),
            "tensor 'a' is 4294967296 x 4294967296 of F32, but takes 0 bytes" + note);
  EXPECT_EQ(said_of_header(R"({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [16, 0]}})"),
            "tensor 'a' ends before it begins: bytes 16 to 0" + note);
  EXPECT_EQ(said_of_header(R"({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets":)"
                           R"( [18446744073709551600, 18446744073709551615]}})"),
            "the file is shorter than its header says: tensor 'a' takes bytes 18446744073709551600 "
            "to 18446744073709551615 of the numbers, got 16 bytes" +
                note);
}

TEST(Safetensors, WhoseTensorsOverlapOrLeaveHolesAreRefused) {
  const std::string note = " [copy the file again, or write it again with safetensors]";
  const std::string b = R"("b": {"dtype": "F32", "shape": [2, 2], "data_offsets": [12, 28]})";
  EXPECT_EQ(said_of_header("{" + kTensorA + ", " + b + "}", std::string(28, '\0')),
            "tensors 'a' and 'b' overlap: bytes 0 to 16 and bytes 12 to 28" + note);
  const std::string c = R"("c": {"dtype": "I8", "shape": [2], "data_offsets": [18, 20]})";
  EXPECT_EQ(said_of_header("{" + kTensorA + ", " + c + "}", std::string(20, '\0')),
            "bytes 16 to 18 of the numbers belong to no tensor" + note);
  EXPECT_EQ(said_of_header("{" + kTensorA + "}", std::string(17, '\0')),
            "bytes 16 to 17 of the numbers belong to no tensor" + note);
}

TEST(Safetensors, TensorsOfOtherTypesAreRefusedWhenTheyAreAskedFor) {
  const std::string f8 = R"("f": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [16, 20]})";
  const std::string bytes = safetensors("{" + kTensorA + ", " + f8 + "}", std::string(20, '\0'));
  EXPECT_EQ(said_of(bytes, "a"), "");
  EXPECT_EQ(said_of(bytes, "f"),
            "tensor 'f' holds 'F8_E4M3', expected F64, F32, F16, BF16, I8 to I64, U8 to U64 or "
            "BOOL [in PyTorch: tensor.to(torch.float32)]");
  EXPECT_EQ(
      said_of_header(R"({"a": {"dtype": "FOO", "shape": [2], "data_offsets": [0, 16]}})"),
      "tensor 'a' holds 'FOO', expected F64, F32, F16, BF16, I8 to I64, U8 to U64 or BOOL [in "
      "PyTorch: tensor.to(torch.float32)]");
}

TEST(Safetensors, ATensorIsNamedWhereThereAreSeveral) {
  const std::string b = R"("b": {"dtype": "I8", "shape": [1], "data_offsets": [16, 17]})";
  const std::string bytes = safetensors("{" + kTensorA + ", " + b + "}", std::string(17, '\0'));
  EXPECT_EQ(said_of(bytes),
            "'FILE' holds 2 tensors, but no key 'tensor' says which is meant [it has: a, b]");
  EXPECT_EQ(said_of(bytes, "bb"), "'FILE' has no tensor 'bb' [did you mean 'b'? it has: a, b]");
  EXPECT_EQ(said_of(safetensors("{}", "")), "the file holds no tensor");
  EXPECT_EQ(said_of(safetensors(
                R"({"a": {"dtype": "F32", "shape": [0, 3], "data_offsets": [0, 0]}})", "")),
            "tensor 'a' is empty: 0 x 3");
}

// The names of the rows that `row_names` gives the tensor 'a' of two rows, joined by '|'.
std::string row_names_of(const std::string& row_names) {
  const Folder folder;
  const nlohmann::json metadata{{"row_names", row_names}};
  folder.write(
      "x.safetensors",
      safetensors("{\"__metadata__\": " + metadata.dump() + ", " + kTensorA + "}", kNumbers));
  const Array array = open_array(folder.path("x.safetensors"), ArrayFormat::safetensors, "a");
  std::string names;
  for (const std::string& name : array.row_names()) names += name + '|';
  return names;
}

TEST(Safetensors, MayNameTheirRows) {
  EXPECT_EQ(row_names_of(R"(["ann", "\"b\" ob"])"), "ann|\"b\" ob|");
  // Other programs' metadata are theirs.
  for (const char* other :
       {"", "ann, bob", "[1, 2]", R"(["ann"])", R"({"a": "b"})", "[[\"a\"], 1]"}) {
    EXPECT_EQ(row_names_of(other), "") << other;
  }
  EXPECT_EQ(row_names_of(std::string(100000, '[')), "");
  EXPECT_EQ(
      said_of_header("{\"__metadata__\": {\"row_names\": \"[\\\"x\\\", \\\"x\\\"]\"}, " + kTensorA +
                     "}"),
      "two rows are named 'x' in 'row_names' of the metadata [name them apart: no two stimuli "
      "may have one name]");
}

}  // namespace
}  // namespace insula::dataset
