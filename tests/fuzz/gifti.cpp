// SPDX-License-Identifier: Apache-2.0
// A surface is its own atlas.
#include "tests/fuzz/as_file.h"
#include "tests/fuzz/read_image.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    const std::string path = fuzz::as_file(data, size, ".gii");
    const dataset::detail::ImageSource image = dataset::detail::surface_of(path);
    fuzz::read_image(image);
    fuzz::take_regions(image, dataset::detail::labels_of_surface(path, image), path);
  });
}
