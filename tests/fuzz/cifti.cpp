// SPDX-License-Identifier: Apache-2.0
// Series and parcels are read, parcellations are laid over themselves.
#include "tests/fuzz/as_file.h"
#include "tests/fuzz/read_image.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::refused_or_read([&] {
    const std::string path = fuzz::as_file(data, size, ".dtseries.nii");
    fuzz::read_image(dataset::detail::source_of_cifti(dataset::detail::open_cifti(path)));
  });
  return fuzz::refused_or_read([&] {
    const std::string path = fuzz::as_file(data, size, ".dlabel.nii");
    const dataset::detail::CiftiFile file = dataset::detail::open_cifti(path);
    if (file.nifti.extent(4) > (std::size_t{1} << 22)) return;
    dataset::detail::labels_of_cifti(path, file);
  });
}
