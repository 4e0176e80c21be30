// SPDX-License-Identifier: Apache-2.0
// Files as bytes: reading, unpacking, fingerprints.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace insula::dataset {

/// The whole file.
/// errors  InputError (no_input) if it is missing, a folder or unreadable.
std::string read_bytes(const std::string& path);

/// A file mapped into memory: its bytes are read from the disk when they are looked at, so it may
/// be larger than memory. It must not be shortened while it is mapped.
/// errors  InputError (no_input) if it is missing, unreadable or not a regular file.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {data_, size_}; }

  /// The bytes [at, at + count), which must exist: many of a large file are read into `scratch`,
  /// which is quicker than to map them; few are looked at where they are mapped. Of these the
  /// process keeps 64 MiB; the rest is read again where it is asked for again.
  std::string_view view(std::size_t at, std::size_t count, std::string& scratch) const;

  /// The same bytes to where they are wanted, without a copy in between. False, and anything in
  /// `out`, where they are few or the file is small: view is quicker then.
  bool read_into(std::size_t at, std::size_t count, char* out) const;

 private:
  int file_ = -1;
  mutable std::atomic<std::size_t> looked_at_ = 0;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// SHA-256 in lower-case hexadecimal, as sha256sum prints it.
/// source  NIST FIPS 180-4
std::string sha256(std::string_view bytes);

/// True if the bytes start as gzip does.
bool is_gzip(std::string_view bytes);

/// Unpacks gzip, several members in a row included. `shown_as` names the file in messages.
/// errors  InputError (data) if the bytes are damaged or end early.
/// source  RFC 1952
std::string gunzip(std::string_view bytes, const std::string& shown_as);

}  // namespace insula::dataset
