// SPDX-License-Identifier: Apache-2.0
// PNG by libpng, JPEG by libjpeg-turbo.
#include <cstring>
#include <memory>
#include <utility>

#include <png.h>
#include <turbojpeg.h>

#include "framework/base/error.h"
#include "framework/extraction/image.h"

namespace insula::extraction {
namespace {

constexpr std::size_t kMostPixels = 200'000'000;
constexpr std::size_t kChannels = 3, kWithAlpha = 4;

[[noreturn]] void refuse_image(const std::string& file,
                               const std::string& why,
                               const std::string& note = {}) {
  throw InputError(Place{file, 0, 0, 0, ""}, why, note, ExitCode::data);
}

void check_size(std::size_t height, std::size_t width, const std::string& file) {
  if (height > 0 && width > 0 && height <= kMostPixels / width) return;
  refuse_image(file,
               "the picture is said to have " + std::to_string(width) + " x " +
                   std::to_string(height) + " pixels, expected 1 to " +
                   std::to_string(kMostPixels) + " in all");
}

Image decode_png(std::string_view bytes, const std::string& file) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  const auto fail = [&] {
    refuse_image(file, std::string("the PNG file is damaged: ") + png.message, "copy it again");
  };
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) fail();
  const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&png, &png_image_free);
  check_size(png.height, png.width, file);
  png.format = PNG_FORMAT_RGBA;
  std::vector<std::uint8_t> all(std::size_t{png.height} * png.width * kWithAlpha);
  if (png_image_finish_read(&png, nullptr, all.data(), 0, nullptr) == 0) fail();
  Image image{png.height, png.width, {}};
  image.pixels.reserve(image.height * image.width * kChannels);
  for (std::size_t i = 0; i < all.size(); i += kWithAlpha) {
    image.pixels.insert(image.pixels.end(), {all[i], all[i + 1], all[i + 2]});
  }
  return image;
}

Image decode_jpeg(std::string_view bytes, const std::string& file) {
  const std::unique_ptr<void, int (*)(tjhandle)> jpeg(tjInitDecompress(), &tjDestroy);
  if (!jpeg) throw InternalError("libjpeg-turbo cannot be started");
  const auto fail = [&] {
    refuse_image(file,
                 std::string("the JPEG file cannot be decoded: ") + tjGetErrorStr2(jpeg.get()),
                 "copy it again, or save it as PNG");
  };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (tjDecompressHeader3(jpeg.get(), data, bytes.size(), &width, &height, &sampling, &colours) !=
      0) {
    fail();
  }
  check_size(static_cast<std::size_t>(height), static_cast<std::size_t>(width), file);
  Image image{static_cast<std::size_t>(height), static_cast<std::size_t>(width), {}};
  image.pixels.resize(image.height * image.width * kChannels);
  if (tjDecompress2(jpeg.get(),
                    data,
                    bytes.size(),
                    image.pixels.data(),
                    width,
                    0,
                    height,
                    TJPF_RGB,
                    TJFLAG_ACCURATEDCT) != 0) {
    fail();
  }
  return image;
}

}  // namespace

Image decode_image(std::string_view bytes, const std::string& shown_as) {
  if (bytes.starts_with("\x89PNG")) return decode_png(bytes, shown_as);
  if (bytes.starts_with("\xFF\xD8")) return decode_jpeg(bytes, shown_as);
  refuse_image(shown_as, "this is neither a PNG nor a JPEG file", "save the picture as PNG");
}

}  // namespace insula::extraction
