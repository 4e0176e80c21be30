// SPDX-License-Identifier: Apache-2.0
// Against Pillow and an image processor of transformers (tests/reference/extraction).
#include "framework/extraction/image.h"

#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "framework/dataset/npy.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::extraction {
namespace {

std::string picture_file(const std::string& name) {
  return std::string(INSULA_REFERENCE) + "/extraction/" + name;
}

Image picture(const std::string& name) {
  return decode_image(dataset::read_bytes(picture_file(name)), name);
}

// height × 3·width
Eigen::MatrixXd numbers_of(const std::string& name) {
  return dataset::parse_npy(dataset::read_bytes(picture_file(name)), name);
}

Eigen::MatrixXd numbers_of(const Image& image) {
  Eigen::MatrixXd numbers(static_cast<Eigen::Index>(image.height),
                          static_cast<Eigen::Index>(3 * image.width));
  for (Eigen::Index y = 0; y < numbers.rows(); ++y) {
    for (Eigen::Index x = 0; x < numbers.cols(); ++x) {
      numbers(y, x) = image.pixels[static_cast<std::size_t>(y * numbers.cols() + x)];
    }
  }
  return numbers;
}

TEST(Image, IsDecodedToThePixelsThatPillowReads) {
  for (const char* name :
       {"colour.png", "transparent.png", "grey.png", "palette.png", "photo.jpg", "grey.jpg"}) {
    std::string array = name;
    array.replace(array.find('.'), 1, "_");
    EXPECT_EQ(numbers_of(picture(name)), numbers_of(array + ".npy")) << name;
  }
}

TEST(Image, IsResizedToThePixelsOfPillow) {
  const Image image = picture("colour.png");
  for (const auto& [height, width] : {std::pair(7, 9), {31, 40}, {5, 23}, {17, 11}}) {
    const auto h = static_cast<std::size_t>(height), w = static_cast<std::size_t>(width);
    const std::string size = std::to_string(height) + "x" + std::to_string(width) + ".npy";
    EXPECT_EQ(numbers_of(resized(image, h, w, Resampling::bicubic)), numbers_of("bicubic_" + size));
    EXPECT_EQ(numbers_of(resized(image, h, w, Resampling::bilinear)),
              numbers_of("bilinear_" + size));
  }
}

constexpr const char* kPreparation =
    R"({"do_resize": true, "size": {"shortest_edge": 12}, "resample": 3, "do_center_crop": true,
 "crop_size": {"height": 12, "width": 12}, "do_rescale": true, "rescale_factor": 0.00392156862745098,
 "do_normalize": true, "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28],
 "do_convert_rgb": true, "image_processor_type": "CLIPImageProcessor"})";

ImagePreparation preparation(const std::string& text) {
  const dataset::Folder folder;
  folder.write("preprocessor_config.json", text);
  return read_image_preparation(folder.path("preprocessor_config.json"));
}

TEST(ImagePreparation, GivesTheNumbersOfTransformers) {
  const PreparedImage image = prepared(picture("photo.jpg"), preparation(kPreparation));
  const Eigen::MatrixXd expected = numbers_of("prepared.npy");
  ASSERT_EQ(image.height, 12U);
  ASSERT_EQ(image.width, 12U);
  for (std::size_t i = 0; i < image.numbers.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    // Both round to single precision, transformers after each of three steps.
    EXPECT_NEAR(image.numbers[i], expected(at / 144, at % 144), 1e-6) << i;
  }
}

TEST(ImagePreparation, OfASquareTakesThePictureOutOfProportion) {
  const ImagePreparation square =
      preparation(R"({"do_resize": true, "size": {"height": 7, "width": 9}, "resample": 2})");
  const PreparedImage image = prepared(picture("colour.png"), square);
  const Eigen::MatrixXd expected = numbers_of("bilinear_7x9.npy");
  ASSERT_EQ(image.height, 7U);
  ASSERT_EQ(image.width, 9U);
  EXPECT_EQ(static_cast<double>(image.numbers[63 + 2 * 9 + 4]), expected(2, 4 * 3 + 1));
}

std::string said_of_preparation(const std::string& was, const std::string& is) {
  std::string text = kPreparation;
  text.replace(text.find(was), was.size(), is);
  try {
    preparation(text);
    return "";
  } catch (const InputError& error) {
    const Mistake& mistake = error.mistakes().at(0);
    return mistake.message + (mistake.note.empty() ? "" : " [" + mistake.note + "]");
  }
}

TEST(ImagePreparation, RefusesStepsThatItDoesNotKnow) {
  EXPECT_EQ(said_of_preparation("\"do_convert_rgb\"", "\"do_flip\""),
            "'do_flip' is a step that is not known here [known are do_resize, do_center_crop, "
            "do_rescale, do_normalize and do_convert_rgb]");
  EXPECT_EQ(said_of_preparation("\"resample\": 3", "\"resample\": 1"),
            "'resample' is 1, expected 2 (bilinear) or 3 (bicubic)");
  EXPECT_EQ(said_of_preparation("{\"shortest_edge\": 12}", "224"),
            "'size' must say what it means [{\"shortest_edge\": 224}, or {\"height\": 224, "
            "\"width\": 224}]");
  EXPECT_EQ(said_of_preparation("[0.48, 0.46, 0.41]", "[0.48]"),
            "'image_mean' must be three numbers, for red, green and blue");
  EXPECT_EQ(said_of_preparation("0.27", "0"), "'image_std' must be positive");
  EXPECT_EQ(
      said_of_preparation("{\"height\": 12, \"width\": 12}", "{\"height\": 99999, \"width\": 12}"),
      "'height' must be a whole number from 1 to 16384");
}

// The file's bytes with the n-th one changed, or cut off there: a picture or a refusal.
TEST(Image, ThatIsDamagedIsRefusedOrDecoded) {
  for (const char* name : {"transparent.png", "photo.jpg"}) {
    const std::string whole = dataset::read_bytes(picture_file(name));
    int refused = 0;
    for (std::size_t n = 0; n < whole.size(); ++n) {
      std::string changed = whole;
      changed[n] = static_cast<char>(changed[n] ^ 0x5A);
      for (const std::string& bytes : {changed, whole.substr(0, n)}) {
        try {
          decode_image(bytes, name);
        } catch (const InputError&) {
          ++refused;
        }
      }
    }
    EXPECT_GT(refused, static_cast<int>(whole.size())) << name;
  }
  EXPECT_THROW(decode_image("GIF89a", "x.gif"), InputError);
}

// 2^31 − 1 pixels each way: refused before a byte is taken for them.
TEST(Image, OfImpossibleSizeIsRefused) {
  std::string bytes = dataset::read_bytes(picture_file("colour.png"));
  bytes.replace(16, 8, "\x7f\xff\xff\xff\x7f\xff\xff\xff", 8);
  EXPECT_THROW(decode_image(bytes, "x.png"), InputError);
}

}  // namespace
}  // namespace insula::extraction
