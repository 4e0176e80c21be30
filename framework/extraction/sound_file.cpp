// SPDX-License-Identifier: Apache-2.0
// WAV: chunks, of which `fmt ` says how the numbers of `data` are written.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "framework/base/error.h"
#include "framework/extraction/sound.h"

namespace insula::extraction {
namespace {

constexpr std::uint32_t kWhole = 1, kReal = 3, kExtensible = 0xFFFE;
constexpr std::uint32_t kMostChannels = 64, kLowestRate = 100, kHighestRate = 384000;
constexpr const char* kConvert = "`ffmpeg -i in.mp3 out.wav` makes a WAV file of most others";

struct WavFormat {
  std::uint32_t kind = 0, channels = 0, rate = 0, bits = 0;
  std::size_t bytes() const { return bits / 8; }
};

class WavReader {
 public:
  WavReader(std::string_view bytes, const std::string& shown_as)
      : bytes_(bytes), shown_as_(shown_as) {}

  Sound read() {
    check_kind();
    std::optional<WavFormat> format;
    std::optional<std::string_view> data;
    for (std::size_t at = 12; at + 8 <= bytes_.size() && !data;) {
      const std::string_view name = bytes_.substr(at, 4);
      const std::size_t size = number(at + 4, 4);
      at += 8;
      if (size > bytes_.size() - at) {
        refuse(
            "the chunk '" + printable(name) + "' says that it has " + std::to_string(size) +
                " bytes, but the file ends after " + std::to_string(bytes_.size() - at),
            "the file was cut short, or a stream was saved: `ffmpeg -i in.wav out.wav` mends it");
      }
      if (name == "fmt ") format = format_in(at, size);
      if (name == "data") data = bytes_.substr(at, size);
      at += size + size % 2;  // chunks begin at even places
    }
    if (!format) refuse("the file has no chunk 'fmt ' before its sound");
    if (!data) refuse("the file has no chunk 'data', and so no sound");
    return sound_of(*format, *data);
  }

 private:
  [[noreturn]] void refuse(const std::string& why, const std::string& note = {}) const {
    throw InputError(Place{shown_as_, 0, 0, 0, ""}, why, note, ExitCode::data);
  }

  static std::string printable(std::string_view name) {
    std::string text;
    for (const char c : name) text += c >= ' ' && c <= '~' ? c : '?';
    return text;
  }

  // Little-endian.
  std::size_t number(std::size_t at, std::size_t bytes) const {
    std::size_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) {
      value = value << 8 | static_cast<std::uint8_t>(bytes_[at + i]);
    }
    return value;
  }

  void check_kind() const {
    const auto begins = [&](std::string_view with) {
      return bytes_.substr(0, with.size()) == with;
    };
    const bool is_mp3 = begins("ID3") || begins("\xff\xfb") || begins("\xff\xf3");
    const char* other = begins("fLaC")   ? "FLAC"
                        : begins("OggS") ? "Ogg"
                        : is_mp3         ? "MP3"
                        : begins("RIFX") ? "big-endian WAV"
                        : begins("RF64") ? "64 bit WAV"
                                         : nullptr;
    if (other) refuse("the file is " + std::string(other) + ", expected WAV", kConvert);
    if (bytes_.size() < 12 || !begins("RIFF") || bytes_.substr(8, 4) != "WAVE") {
      refuse("the file is no WAV file: it does not begin with 'RIFF' and 'WAVE'", kConvert);
    }
  }

  WavFormat format_in(std::size_t at, std::size_t size) const {
    if (size < 16)
      refuse("the chunk 'fmt ' has " + std::to_string(size) + " bytes, at least 16 are needed");
    const auto u32 = [&](std::size_t offset, std::size_t bytes) {
      return static_cast<std::uint32_t>(number(at + offset, bytes));
    };
    WavFormat f{u32(0, 2), u32(2, 2), u32(4, 4), u32(14, 2)};
    if (f.kind == kExtensible) {
      if (size < 40) refuse("the chunk 'fmt ' is cut short");
      f.kind = u32(24, 2);
    }
    const bool is_known =
        (f.kind == kWhole && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32)) ||
        (f.kind == kReal && (f.bits == 32 || f.bits == 64));
    if (!is_known) {
      refuse("the sound is written in format " + std::to_string(f.kind) + " with " +
                 std::to_string(f.bits) + " bits a sample",
             "known are whole numbers (1) of 8, 16, 24 or 32 bits and real ones (3) of 32 or 64; "
             "`ffmpeg -i in.wav -c:a pcm_s16le out.wav` makes one");
    }
    if (f.channels < 1 || f.channels > kMostChannels) {
      refuse("the sound has " + std::to_string(f.channels) + " channels, expected 1 to " +
             std::to_string(kMostChannels));
    }
    if (f.rate < kLowestRate || f.rate > kHighestRate) {
      refuse("the sound has " + std::to_string(f.rate) + " samples a second, expected " +
             std::to_string(kLowestRate) + " to " + std::to_string(kHighestRate));
    }
    if (u32(12, 2) != f.channels * f.bytes()) {
      refuse("the chunk 'fmt ' says that a sample of all channels has " +
             std::to_string(u32(12, 2)) + " bytes, expected " +
             std::to_string(f.channels * f.bytes()));
    }
    return f;
  }

  static double value_at(const char* at, const WavFormat& f) {
    if (f.kind == kReal && f.bits == 32) {
      float value = 0;
      std::memcpy(&value, at, sizeof value);
      return static_cast<double>(value);
    }
    if (f.kind == kReal) {
      double value = 0;
      std::memcpy(&value, at, sizeof value);
      return value;
    }
    if (f.bits == 8) return (static_cast<double>(static_cast<std::uint8_t>(*at)) - 128) / 128;
    std::uint32_t bits = 0;  // at the top, so that the sign is where it belongs
    for (std::size_t i = 0; i < f.bytes(); ++i) {
      bits |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(at[i]))
              << (32 - f.bits + 8 * static_cast<std::uint32_t>(i));
    }
    return static_cast<double>(static_cast<std::int32_t>(bits)) / 2147483648.0;
  }

  Sound sound_of(const WavFormat& f, std::string_view data) const {
    const std::size_t each = f.channels * f.bytes();
    if (data.size() % each != 0) {
      refuse("the chunk 'data' has " + std::to_string(data.size()) +
             " bytes, which is no multiple of the " + std::to_string(each) + " of a sample");
    }
    Sound sound{static_cast<double>(f.rate), std::vector<float>(data.size() / each)};
    if (sound.samples.empty()) refuse("the file has no samples");
    for (std::size_t i = 0; i < sound.samples.size(); ++i) {
      double sum = 0;
      for (std::size_t c = 0; c < f.channels; ++c) {
        sum += value_at(data.data() + i * each + c * f.bytes(), f);
      }
      sound.samples[i] = static_cast<float>(sum / static_cast<double>(f.channels));
      if (!std::isfinite(sound.samples[i])) {
        refuse("sample " + std::to_string(i) + " (counted from 0) is not finite");
      }
    }
    return sound;
  }

  std::string_view bytes_;
  const std::string& shown_as_;
};

}  // namespace

Sound decode_wav(std::string_view bytes, const std::string& shown_as) {
  return WavReader(bytes, shown_as).read();
}

}  // namespace insula::extraction
