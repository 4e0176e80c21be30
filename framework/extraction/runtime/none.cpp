// SPDX-License-Identifier: Apache-2.0
// Stands for openvino.cpp where OpenVINO was not found.
#include "framework/extraction/runtime.h"

namespace insula::extraction {

Runtime built_in_runtime() { return {}; }

}  // namespace insula::extraction
