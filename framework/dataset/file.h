// SPDX-License-Identifier: Apache-2.0
// Files as bytes: reading, unpacking, fingerprints.
#pragma once

#include <string>
#include <string_view>

namespace insula::dataset {

/// The whole file.
/// errors  InputError (no_input) if it is missing, a folder or unreadable.
std::string read_bytes(const std::string& path);

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
