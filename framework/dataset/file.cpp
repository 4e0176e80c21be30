// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "framework/base/error.h"
#include "framework/base/path.h"

namespace insula::dataset {
namespace {

constexpr std::size_t kBytesResident = 64 << 20, kWorthReading = 1 << 16;

InputError unreadable(const std::string& path,
                      const std::string& why,
                      const std::string& note = {}) {
  return InputError(Place{path, 0, 0, 0, ""}, "the file " + why, note, ExitCode::no_input);
}

InputError damaged(const std::string& shown_as, const std::string& why) {
  return InputError(Place{shown_as, 0, 0, 0, ""},
                    "the gzip file " + why,
                    "'gzip -t' checks it; copy or download it again",
                    ExitCode::data);
}

void refuse_missing(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw unreadable(path, "does not exist", near_file_hint(path));
  if (std::filesystem::is_directory(status)) throw unreadable(path, "is a folder");
}

// zlib's state, freed on every way out.
class Inflater {
 public:
  Inflater() {
    // 15 bits of window, + 16: a gzip header and no other.
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw InternalError("zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

std::string read_bytes(const std::string& path) {
  refuse_missing(path);
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw unreadable(path, "cannot be opened: " + std::generic_category().message(errno));
  std::string bytes;
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) bytes.reserve(size);
  std::array<char, 1 << 16> part{};
  while (stream.read(part.data(), part.size()) || stream.gcount() > 0) {
    bytes.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw unreadable(path, "cannot be read to its end");
  return bytes;
}

MappedFile::MappedFile(const std::string& path) {
  refuse_missing(path);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    throw unreadable(path, "cannot be opened: " + std::generic_category().message(errno));
  struct stat facts {};
  const bool is_regular = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
  if (is_regular) size_ = static_cast<std::size_t>(facts.st_size);
  void* data = nullptr;  // no byte can be mapped
  if (size_ > 0) data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  const int why = errno;
  // Of a large one the file stays open, to be read where much of it is wanted at once.
  const bool stays_open = is_regular && data != MAP_FAILED && size_ >= kBytesResident;
  if (!stays_open) close(file);
  if (!is_regular) throw unreadable(path, "is not a regular file");
  if (data == MAP_FAILED)
    throw unreadable(path, "cannot be mapped into memory: " + std::generic_category().message(why));
  data_ = static_cast<const char*>(data);
  if (stays_open) file_ = file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
  if (file_ >= 0) close(file_);
}

std::string_view MappedFile::view(std::size_t at, std::size_t count, std::string& scratch) const {
  if (file_ >= 0 && count >= kWorthReading) {
    scratch.resize(count);
    if (read_into(at, count, scratch.data())) return scratch;
  }
  if (looked_at_.fetch_add(count) + count >= kBytesResident) {
    looked_at_ = 0;
    // The pages are the file's: what is dropped here comes back when somebody looks.
    madvise(const_cast<char*>(data_), size_, MADV_DONTNEED);
  }
  return {data_ + at, count};
}

bool MappedFile::read_into(std::size_t at, std::size_t count, char* out) const {
  if (file_ < 0 || count < kWorthReading) return false;
  while (count > 0) {
    const ssize_t held = pread(file_, out, count, static_cast<off_t>(at));
    if (held <= 0) return false;
    const auto some = static_cast<std::size_t>(held);
    at += some;
    out += some;
    count -= some;
  }
  return true;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw InternalError("SHA-256 is not available");
  }
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string gunzip(std::string_view bytes, const std::string& shown_as) {
  if (!is_gzip(bytes)) throw damaged(shown_as, "does not start as gzip does");
  Inflater inflater;
  z_stream& stream = inflater.stream();
  std::string unpacked;
  std::array<unsigned char, 1 << 16> part{};
  std::size_t given = 0;  // zlib counts in 32 bits, so long inputs go in portions
  for (;;) {
    if (stream.avail_in == 0) {
      const std::size_t portion = std::min<std::size_t>(bytes.size() - given, 1U << 30);
      if (portion == 0) throw damaged(shown_as, "ends early");
      stream.next_in =
          const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data() + given));
      stream.avail_in = static_cast<uInt>(portion);
      given += portion;
    }
    stream.next_out = part.data();
    stream.avail_out = static_cast<uInt>(part.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    unpacked.append(reinterpret_cast<const char*>(part.data()), part.size() - stream.avail_out);
    if (status == Z_STREAM_END) {
      const std::string_view rest = bytes.substr(given - stream.avail_in);
      // gzip itself ignores zeros that a tape or a disk block added.
      if (rest.find_first_not_of('\0') == std::string_view::npos) return unpacked;
      if (!is_gzip(rest)) throw damaged(shown_as, "has other bytes after its end");
      inflateReset(&stream);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw damaged(shown_as, "is damaged");
    }
  }
}

}  // namespace insula::dataset
