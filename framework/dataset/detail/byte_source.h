// SPDX-License-Identifier: Apache-2.0
// Bytes that can be read in parts: of a mapped file, of memory, or of a packed member of a file.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace insula::dataset {
class MappedFile;
}

namespace insula::dataset::detail {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::size_t size() const = 0;
  /// The bytes [at, at + count), which must exist. They lie in the source or in `scratch`, and hold
  /// as long as both live and `scratch` is not used again.
  virtual std::string_view view(std::size_t at, std::size_t count, std::string& scratch) const = 0;
  /// As MappedFile::read_into.
  virtual bool read_into(std::size_t /*at*/, std::size_t /*count*/, char* /*out*/) const {
    return false;
  }
};

/// Bytes that lie in one piece, and what keeps them there.
struct PlainBytes {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
  const MappedFile* file = nullptr;  // where they lie, if it is a mapped one

  static PlainBytes of_text(std::string text);
  /// errors  InputError (no_input) as read_bytes
  static PlainBytes of_file(const std::string& path);
  PlainBytes part(std::size_t at, std::size_t count) const {
    return {bytes.substr(at, count), owner, file};
  }
  /// As ByteSource::view; few bytes of a mapped file stay in memory.
  std::string_view view(std::size_t at, std::size_t count, std::string& scratch) const;
  /// As MappedFile::read_into.
  bool read_into(std::size_t at, std::size_t count, char* out) const;

 private:
  std::size_t bytes_before() const;  // of the file
};

std::shared_ptr<const ByteSource> source_of(PlainBytes bytes);

}  // namespace insula::dataset::detail
