// SPDX-License-Identifier: Apache-2.0
// DCM.mat and, of files without that variable, SPM.mat.
#include "framework/dataset/spm_dcm.h"
#include "framework/dataset/spm_design.h"

#include "tests/fuzz/as_file.h"

using namespace insula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read([&] {
    const std::string path = fuzz::as_file(data, size, ".mat");
    const dataset::MatlabFile file{path, dataset::read_matlab(path)};
    if (dataset::MatlabNode(file.variables, path).has("DCM"))
      dataset::read_spm_dcm(file.variables, path);
    else
      dataset::read_spm_design(file, {file});
  });
}
