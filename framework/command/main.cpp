// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>  // defines __GLIBC__ where it is

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "framework/command/command.h"
#include "framework/extraction/runtime.h"
#include "framework/numerics/blas.h"

namespace {

// Fits take and free the same megabytes again and again. glibc would hand them back to the kernel
// each time, which fills them with zeros before it gives them out again: a tenth of a long run.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that glibc takes
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
#endif
}

}  // namespace

int main(int count, char** words) {
  insula::numerics::restart_with_fitting_core(words);
  keep_freed_memory();
  return insula::command::run_command_line(count, words, insula::extraction::built_in_runtime());
}
