// SPDX-License-Identifier: Apache-2.0
// A series whose places are all of one region; a single volume is its own atlas, too.
#include "framework/dataset/detail/nifti.h"

#include "tests/fuzz/as_file.h"
#include "tests/fuzz/read_image.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    const std::string path = fuzz::as_file(data, size, ".nii");
    const dataset::detail::ImageSource image = dataset::detail::volumes_of(path);
    fuzz::read_image(image);
    if (image.places > (std::size_t{1} << 22)) return;
    fuzz::take_regions(image, {std::vector<double>(image.places, 1), {}}, path);
    fuzz::take_regions(image, dataset::detail::labels_of_volume(path, path), path);
  });
}
