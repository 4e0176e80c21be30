// SPDX-License-Identifier: Apache-2.0
// Arrays whose numbers lie in packed blocks of a file: HDF5's chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/dataset/array.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/number_type.h"

namespace insula::dataset::detail {

/// What was done to a chunk when it was written.
enum class ChunkFilter { deflate, shuffle, fletcher32 };

/// Where a chunk lies; nowhere if it was never written.
struct ChunkPlace {
  bool is_written = false;
  std::size_t at = 0, size = 0;  // bytes of the file
  std::uint32_t skipped = 0;     // bit i: filter i was not used for this chunk
};

/// An array cut into equal chunks, those at the upper ends reaching beyond it.
struct ChunkTable {
  std::vector<std::size_t> chunk;    // numbers along each dimension
  std::vector<ChunkPlace> places;    // in the order of their position, the last index fastest
  std::vector<ChunkFilter> filters;  // in the order of writing
  std::string fill;                  // the bytes of a number that was never written
  std::size_t shuffled = 0;          // bytes of what was shuffled; 0: of a number
};

/// How many chunks there are along each dimension.
std::vector<std::size_t> chunk_grid(const std::vector<std::size_t>& shape,
                                    const std::vector<std::size_t>& chunk);

/// The array; `table` has a place for each chunk, inside of `bytes`. A chunk that does not unpack
/// to its full size, or has another checksum, is refused when it is read. Chunks that were read
/// last are kept, 64 MiB of them.
///
/// source  HDF5 File Format Specification 3.0, IV.A.2.l (filters); H5Zshuffle.c and H5checksum.c of
///         HDF5 1.10
Array chunked_array(ArrayFacts facts, const NumberType& type, ChunkTable table, PlainBytes bytes);

/// HDF5's checksum of a chunk.
std::uint32_t fletcher32(std::string_view bytes);

}  // namespace insula::dataset::detail
