// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/detail/store.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "framework/base/error.h"

namespace insula::extraction::detail {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);
constexpr const char* kPlanKey = "plan";
constexpr const char* kMetadata = "__metadata__";

// The header of a safetensors file, null if it has none that can be read.
json header_in(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::uint64_t length = 0;
  stream.read(reinterpret_cast<char*>(&length), kLengthBytes);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (!stream || error || length == 0 || length > size - kLengthBytes) return nullptr;
  std::string text(length, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(length));
  const json header = json::parse(text, nullptr, false);
  return stream && header.is_object() ? header : json();
}

StoreLayout layout_of(const StorePlan& plan, std::vector<std::size_t> widths) {
  StoreLayout layout;
  json header;
  header[kMetadata] = plan.metadata;
  header[kMetadata][kPlanKey] = plan.sha256;
  std::size_t at = 0;
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const std::size_t bytes = plan.rows * widths[l] * sizeof(float);
    header[plan.layers[l]] = {
        {"dtype", "F32"}, {"shape", {plan.rows, widths[l]}}, {"data_offsets", {at, at + bytes}}};
    layout.begin.push_back(at);
    at += bytes;
  }
  layout.header = header.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::size_t padded =
      (layout.header.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes;
  layout.header.resize(padded, ' ');
  for (std::size_t& begin : layout.begin) begin += kLengthBytes + padded;
  layout.end = kLengthBytes + padded + at;
  layout.widths = std::move(widths);
  return layout;
}

// The layout that a file has, if it is of this plan.
std::optional<StoreLayout> layout_in(const std::string& path, const StorePlan& plan) {
  const json header = header_in(path);
  try {
    if (header.at(kMetadata).at(kPlanKey) != plan.sha256) return std::nullopt;
    std::vector<std::size_t> widths;
    for (const std::string& layer : plan.layers) {
      const json& shape = header.at(layer).at("shape");
      if (shape.at(0) != plan.rows) return std::nullopt;
      widths.push_back(shape.at(1).get<std::size_t>());
    }
    return layout_of(plan, std::move(widths));
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

[[noreturn]] void refuse_file(const std::string& file,
                              const std::string& why,
                              const std::string& note = {}) {
  throw InputError(Place{file, 0, 0, 0, ""}, why, note, ExitCode::usage);
}

[[noreturn]] void refuse_error(const std::string& file, int error) {
  refuse_file(file, std::string("the file cannot be written: ") + std::strerror(error));
}

}  // namespace

Store::Descriptor::~Descriptor() {
  if (number < 0) return;
  if (!unbegun.empty()) unlink(unbegun.c_str());
  close(number);
}

Store::Store(std::string out, StorePlan plan)
    : out_(std::move(out)), partial_(out_ + ".partial"), plan_(std::move(plan)) {
  std::error_code error;
  if (fs::exists(out_, error)) {
    if (fs::is_directory(out_, error)) refuse_file(out_, "this is a folder, expected a file");
    const auto layout = layout_in(out_, plan_);
    if (!layout || fs::file_size(out_, error) != layout->end) {
      refuse_file(out_,
                  "the file exists and was not made by this command, so nothing was written",
                  "name another file with --out, or remove this one");
    }
    is_found_ = true;
    return;
  }
  file_.number = open(partial_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_.number < 0) refuse_error(partial_, errno);
  if (flock(file_.number, LOCK_EX | LOCK_NB) != 0) {
    refuse_file(partial_, "another extraction is writing this file", "wait until it has ended");
  }
  resume();
}

void Store::resume() {
  std::uint64_t length = 0;
  const bool is_begun = pread(file_.number, &length, kLengthBytes, 0) == kLengthBytes && length > 0;
  if (!is_begun) {  // nor was it if it was killed before its header was whole
    file_.unbegun = partial_;
    return;
  }
  std::error_code error;
  const std::uintmax_t size = fs::file_size(partial_, error);
  layout_ = layout_in(partial_, plan_);
  if (!layout_ || error || (size != layout_->end && size != layout_->end + plan_.batches)) {
    refuse_file(
        partial_,
        "the file is of another extraction, so nothing was written",
        "end that with the command that began it, remove the file, or name another with --out");
  }
  done_.assign(plan_.batches, true);  // without its journal it was killed on the way to its name
  if (size == layout_->end) return;
  std::string marks(plan_.batches, '\0');
  if (pread(file_.number, marks.data(), marks.size(), static_cast<off_t>(layout_->end)) !=
      static_cast<ssize_t>(marks.size())) {
    refuse_file(partial_, std::string("the file cannot be read: ") + std::strerror(errno));
  }
  for (std::size_t b = 0; b < marks.size(); ++b) done_[b] = marks[b] == '\1';
}

void Store::create(const std::vector<std::size_t>& widths) {
  StoreLayout layout = layout_of(plan_, widths);
  const std::uint64_t length = layout.header.size();
  if (ftruncate(file_.number, 0) != 0 ||
      ftruncate(file_.number, static_cast<off_t>(layout.end + plan_.batches)) != 0) {
    refuse_error(partial_, errno);
  }
  put(layout.header.data(), layout.header.size(), kLengthBytes);
  settle();
  put(&length, kLengthBytes, 0);
  file_.unbegun.clear();
  done_.assign(plan_.batches, false);
  layout_ = std::move(layout);
}

bool Store::write(std::size_t batch,
                  std::span<const std::size_t> rows,
                  const std::vector<std::vector<float>>& numbers) {
  std::vector<std::size_t> widths;
  for (const std::vector<float>& of_layer : numbers) {
    widths.push_back(of_layer.size() / rows.size());
  }
  if (!layout_) create(widths);
  if (widths != layout_->widths) return false;
  for (std::size_t l = 0; l < numbers.size(); ++l) {
    const std::size_t bytes = widths[l] * sizeof(float);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      put(numbers[l].data() + r * widths[l], bytes, layout_->begin[l] + rows[r] * bytes);
    }
  }
  settle();
  put("\1", 1, layout_->end + batch);
  done_[batch] = true;
  return true;
}

void Store::finish() {
  if (ftruncate(file_.number, static_cast<off_t>(layout_->end)) != 0 || fsync(file_.number) != 0 ||
      rename(partial_.c_str(), out_.c_str()) != 0) {
    refuse_error(out_, errno);
  }
}

void Store::put(const void* bytes, std::size_t count, std::size_t at) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = pwrite(file_.number, from, count, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse_error(partial_, errno);
    from += written;
    at += static_cast<std::size_t>(written);
    count -= static_cast<std::size_t>(written);
  }
}

// What was put is on the disk before what is put next.
void Store::settle() {
  if (fdatasync(file_.number) != 0 && errno != EINVAL) refuse_error(partial_, errno);
}

}  // namespace insula::extraction::detail
