// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/byte_source.h"

#include <utility>

#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

class BytesInOnePiece : public ByteSource {
 public:
  explicit BytesInOnePiece(PlainBytes bytes) : bytes_(std::move(bytes)) {}
  std::size_t size() const override { return bytes_.bytes.size(); }
  std::string_view view(std::size_t at, std::size_t count, std::string& scratch) const override {
    return bytes_.view(at, count, scratch);
  }
  bool read_into(std::size_t at, std::size_t count, char* out) const override {
    return bytes_.read_into(at, count, out);
  }

 private:
  PlainBytes bytes_;
};

}  // namespace

PlainBytes PlainBytes::of_text(std::string text) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  return {*owner, owner, nullptr};
}

PlainBytes PlainBytes::of_file(const std::string& path) {
  const auto owner = std::make_shared<const MappedFile>(path);
  return {owner->bytes(), owner, owner.get()};
}

std::string_view PlainBytes::view(std::size_t at, std::size_t count, std::string& scratch) const {
  if (file == nullptr) return bytes.substr(at, count);
  return file->view(bytes_before() + at, count, scratch);
}

bool PlainBytes::read_into(std::size_t at, std::size_t count, char* out) const {
  return file != nullptr && file->read_into(bytes_before() + at, count, out);
}

std::size_t PlainBytes::bytes_before() const {
  return static_cast<std::size_t>(bytes.data() - file->bytes().data());
}

std::shared_ptr<const ByteSource> source_of(PlainBytes bytes) {
  return std::make_shared<const BytesInOnePiece>(std::move(bytes));
}

}  // namespace insula::dataset::detail
