// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/zip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "framework/base/error.h"
#include "framework/dataset/detail/array_source.h"

namespace insula::dataset::detail {
namespace {

// Signatures and lengths of records, APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
constexpr std::uint64_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50,
                        kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr std::size_t kLocalLength = 30, kCentralLength = 46, kEndLength = 22, kEnd64Length = 56,
                      kLocatorLength = 20, kLongestComment = 0xffff;
constexpr std::uint64_t kIn64 = 0xffffffff;  // the number stands in the ZIP64 field
constexpr std::uint64_t kZip64Field = 1;
constexpr std::uint32_t kStored = 0, kDeflated = 8, kEncrypted = 1;
// No member unpacks to more: deflate's shortest code for 258 bytes takes two bits.
constexpr std::size_t kLargestExpansion = 1032;

// Little-endian numbers at places that may lie outside.
class ZipReader {
 public:
  ZipReader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  std::uint64_t number(std::size_t at, std::size_t width) const {
    const std::string_view part = text(at, width);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(part[i]);
    }
    return value;
  }
  std::string_view text(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) fail("its directory points outside it");
    return bytes_.substr(at, count);
  }
  bool is(std::uint64_t signature, std::size_t at) const {
    return at <= bytes_.size() && bytes_.size() - at >= 4 && number(at, 4) == signature;
  }
  std::size_t size() const { return bytes_.size(); }
  [[noreturn]] void fail(const std::string& why) const {
    refuse_array(file_, "the ZIP file is damaged: " + why, "copy or make the file again");
  }

 private:
  std::string_view bytes_;
  const std::string& file_;
};

// The central directory.
struct ZipDirectory {
  std::uint64_t count = 0, length = 0, at = 0;
};

std::size_t end_of(const ZipReader& zip) {
  if (zip.size() >= kEndLength) {
    const std::size_t last = zip.size() - kEndLength;
    const std::size_t first = last - std::min(last, kLongestComment);
    for (std::size_t at = last + 1; at-- > first;) {
      if (zip.is(kEnd, at) && zip.number(at + 20, 2) == last - at) return at;
    }
  }
  zip.fail("it has no directory at its end");
}

ZipDirectory directory_of(const ZipReader& zip) {
  const std::size_t end = end_of(zip);
  ZipDirectory directory{zip.number(end + 10, 2), zip.number(end + 12, 4), zip.number(end + 16, 4)};
  std::uint64_t disks = zip.number(end + 4, 2) + zip.number(end + 6, 2);
  std::size_t limit = end;
  if (end >= kLocatorLength && zip.is(kEnd64Locator, end - kLocatorLength)) {
    const std::size_t at = zip.number(end - kLocatorLength + 8, 8);
    zip.text(at, kEnd64Length);
    if (!zip.is(kEnd64, at)) zip.fail("its directory for large files is not where it says");
    directory = {zip.number(at + 32, 8), zip.number(at + 40, 8), zip.number(at + 48, 8)};
    disks = zip.number(at + 16, 4) + zip.number(at + 20, 4);
    limit = at;
  }
  if (disks != 0) zip.fail("it is one of several parts");
  zip.text(directory.at, directory.length);
  if (directory.at + directory.length > limit) zip.fail("its directory runs into its end");
  return directory;
}

// Replaces numbers that are too large for 32 bits by those of the ZIP64 field, APPNOTE 4.5.3.
void take_large_numbers(const ZipReader& zip,
                        std::size_t at,
                        std::size_t length,
                        ZipMember& member) {
  const std::size_t end = at + length;
  while (end - at >= 4) {
    const std::uint64_t id = zip.number(at, 2), size = zip.number(at + 2, 2);
    at += 4;
    if (size > end - at) zip.fail("a field of its directory is too long");
    std::size_t field = at;
    for (std::size_t* number : {&member.unpacked, &member.packed, &member.header_at}) {
      if (id != kZip64Field || *number != kIn64) continue;
      if (at + size - field < 8) zip.fail("a field of its directory is too short");
      *number = zip.number(field, 8);
      field += 8;
    }
    at += size;
  }
}

ZipMember member_at(const ZipReader& zip, std::size_t& at, const ZipDirectory& directory) {
  if (!zip.is(kCentralHeader, at)) zip.fail("its directory has fewer members than it says");
  ZipMember member;
  member.flags = static_cast<std::uint32_t>(zip.number(at + 8, 2));
  member.method = static_cast<std::uint32_t>(zip.number(at + 10, 2));
  member.crc = static_cast<std::uint32_t>(zip.number(at + 16, 4));
  member.packed = zip.number(at + 20, 4);
  member.unpacked = zip.number(at + 24, 4);
  member.header_at = zip.number(at + 42, 4);
  const std::size_t name = zip.number(at + 28, 2), extra = zip.number(at + 30, 2),
                    comment = zip.number(at + 32, 2);
  member.name = std::string(zip.text(at + kCentralLength, name));
  zip.text(at + kCentralLength + name, extra + comment);
  take_large_numbers(zip, at + kCentralLength + name, extra, member);
  at += kCentralLength + name + extra + comment;
  if (at > directory.at + directory.length) zip.fail("its directory is longer than it says");

  if (!zip.is(kLocalHeader, member.header_at)) {
    zip.fail("member '" + member.name + "' is not where the directory says");
  }
  member.data_at = member.header_at + kLocalLength + zip.number(member.header_at + 26, 2) +
                   zip.number(member.header_at + 28, 2);
  if (member.data_at > directory.at || member.packed > directory.at - member.data_at) {
    zip.fail("member '" + member.name + "' is cut off");
  }
  return member;
}

// Members that share bytes make a small file look large.
void refuse_overlap(const ZipReader& zip, const std::vector<ZipMember>& members) {
  std::vector<const ZipMember*> sorted;
  for (const ZipMember& member : members) sorted.push_back(&member);
  std::ranges::sort(sorted, {}, &ZipMember::header_at);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->header_at >= sorted[i - 1]->data_at + sorted[i - 1]->packed) continue;
    zip.fail("members '" + sorted[i - 1]->name + "' and '" + sorted[i]->name + "' overlap");
  }
}

// zlib's state for deflate without a frame of its own.
class Unpacker {
 public:
  explicit Unpacker(std::string_view packed) : packed_(packed) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw InternalError("zlib does not start");
  }
  ~Unpacker() { inflateEnd(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  void restart() {
    inflateReset(&stream_);
    stream_.avail_in = 0;
    given_ = 0;
    position_ = 0;
    is_at_end_ = false;
  }
  std::size_t position() const { return position_; }
  bool is_at_end() const { return is_at_end_ && given_ - stream_.avail_in == packed_.size(); }

  // Unpacks up to `count` bytes; fewer at the end, and where the bytes are damaged.
  std::size_t unpack(char* out, std::size_t count) {
    std::size_t done = 0;
    while (done < count && !is_at_end_) {
      if (stream_.avail_in == 0) {  // zlib counts in 32 bits
        const std::size_t part = std::min<std::size_t>(packed_.size() - given_, 1U << 30);
        stream_.next_in = const_cast<unsigned char*>(
            reinterpret_cast<const unsigned char*>(packed_.data() + given_));
        stream_.avail_in = static_cast<uInt>(part);
        given_ += part;
      }
      const std::size_t room = std::min<std::size_t>(count - done, 1U << 30);
      stream_.next_out = reinterpret_cast<unsigned char*>(out + done);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += room - stream_.avail_out;
      is_at_end_ = status == Z_STREAM_END;
      if (!is_at_end_ && status != Z_OK) break;
    }
    position_ += done;
    return done;
  }

 private:
  std::string_view packed_;
  z_stream stream_{};
  std::size_t given_ = 0, position_ = 0;
  bool is_at_end_ = false;
};

class DeflatedBytes : public ByteSource {
 public:
  DeflatedBytes(PlainBytes packed, const ZipMember& member, const std::string& file)
      : packed_(std::move(packed)), size_(member.unpacked), unpacker_(packed_.bytes) {
    std::vector<char> part(kPart);
    std::size_t count = 0, size = 0;
    uLong crc = crc32(0, nullptr, 0);
    while (size <= size_ && (count = unpacker_.unpack(part.data(), kPart)) > 0) {
      crc = crc32_z(crc, reinterpret_cast<const unsigned char*>(part.data()), count);
      size += count;
    }
    if (size != size_ || crc != member.crc || !unpacker_.is_at_end()) {
      ZipReader({}, file).fail("member '" + member.name + "' cannot be unpacked");
    }
  }

  std::size_t size() const override { return size_; }

  std::string_view view(std::size_t at, std::size_t count, std::string& scratch) const override {
    const std::lock_guard lock(mutex_);
    if (at < unpacker_.position()) unpacker_.restart();
    while (unpacker_.position() < at) {
      scratch.resize(std::min(at - unpacker_.position(), kPart));
      take(scratch.data(), scratch.size());
    }
    scratch.resize(count);
    take(scratch.data(), count);
    return scratch;
  }

 private:
  static constexpr std::size_t kPart = 1 << 16;

  void take(char* out, std::size_t count) const {
    if (unpacker_.unpack(out, count) != count) {
      throw InternalError("a member that could be unpacked no longer can: did the file change?");
    }
  }

  PlainBytes packed_;
  std::size_t size_;
  mutable std::mutex mutex_;
  mutable Unpacker unpacker_;
};

}  // namespace

std::vector<ZipMember> zip_members(std::string_view bytes, const std::string& file) {
  const ZipReader zip(bytes, file);
  const ZipDirectory directory = directory_of(zip);
  std::vector<ZipMember> members;
  std::set<std::string> names;
  std::size_t at = directory.at;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    members.push_back(member_at(zip, at, directory));
    if (!names.insert(members.back().name).second) {
      zip.fail("it has two members '" + members.back().name + "'");
    }
  }
  if (at != directory.at + directory.length) zip.fail("its directory is shorter than it says");
  refuse_overlap(zip, members);
  return members;
}

std::shared_ptr<const ByteSource> open_member(const PlainBytes& bytes,
                                              const ZipMember& member,
                                              const std::string& file) {
  const ZipReader zip(bytes.bytes, file);
  const std::string title = "member '" + member.name + "'";
  if ((member.flags & kEncrypted) != 0) {
    refuse_array(file, title + " is encrypted", "unpack the file and pack it without a password");
  }
  if (member.method != kStored && member.method != kDeflated) {
    refuse_array(file,
                 title + " is packed by method " + std::to_string(member.method) +
                     ", expected 0 (stored) or 8 (deflated)",
                 "np.savez and np.savez_compressed write these");
  }
  PlainBytes content = bytes.part(member.data_at, member.packed);
  if (member.method == kDeflated) {
    if (member.unpacked / kLargestExpansion > member.packed) {
      zip.fail(title + " cannot be as large as the directory says");
    }
    return std::make_shared<const DeflatedBytes>(std::move(content), member, file);
  }
  const auto* data = reinterpret_cast<const unsigned char*>(content.bytes.data());
  if (member.packed != member.unpacked || crc32_z(0, data, member.packed) != member.crc) {
    zip.fail(title + " has another checksum than the directory says");
  }
  return source_of(std::move(content));
}

}  // namespace insula::dataset::detail
