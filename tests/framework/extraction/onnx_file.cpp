// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/extraction/onnx_file.h"

#include <cstring>

namespace insula::extraction::onnx {
namespace {

// A message under way. Fields have the numbers that onnx.proto gives them.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
    return *this;
  }
  Message& bytes(int field, const std::string& text) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(text.size());
    bytes_ += text;
    return *this;
  }
  Message& message(int field, const Message& inner) { return bytes(field, inner.bytes_); }
  const std::string& done() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

Message shape_of(const std::vector<Extent>& extents) {
  Message shape;
  for (const Extent& extent : extents) {
    Message dimension;
    if (extent.name.empty()) {
      dimension.number(1, static_cast<std::uint64_t>(extent.size));
    } else {
      dimension.bytes(2, extent.name);
    }
    shape.message(1, dimension);
  }
  return shape;
}

Message info_of(const Value& value) {
  Message tensor, type, info;
  tensor.number(1, static_cast<std::uint64_t>(value.type)).message(2, shape_of(value.shape));
  type.message(1, tensor);
  return info.bytes(1, value.name).message(2, type);
}

Message tensor_of(const Constant& constant) {
  Message tensor;
  for (const std::int64_t extent : constant.shape) {
    tensor.number(1, static_cast<std::uint64_t>(extent));
  }
  std::string raw(constant.numbers.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), constant.numbers.data(), raw.size());
  return tensor.number(2, static_cast<std::uint64_t>(Type::float32))
      .bytes(8, constant.name)
      .bytes(9, raw);
}

Message attribute_of(const Attribute& attribute) {
  constexpr std::uint64_t kNumber = 2, kNumbers = 7;  // AttributeProto.AttributeType
  Message message;
  message.bytes(1, attribute.name);
  for (const std::int64_t number : attribute.numbers) {
    message.number(attribute.is_list ? 8 : 3, static_cast<std::uint64_t>(number));
  }
  return message.number(20, attribute.is_list ? kNumbers : kNumber);
}

Message node_of(const Node& node) {
  Message message;
  for (const std::string& input : node.inputs) message.bytes(1, input);
  for (const std::string& output : node.outputs) message.bytes(2, output);
  message.bytes(4, node.kind);
  for (const Attribute& attribute : node.attributes) message.message(5, attribute_of(attribute));
  return message;
}

}  // namespace

std::string file_of(const Graph& graph) {
  Message body, operators, model;
  for (const Node& node : graph.nodes) body.message(1, node_of(node));
  body.bytes(2, "test");
  for (const Constant& constant : graph.constants) body.message(5, tensor_of(constant));
  for (const Value& input : graph.inputs) body.message(11, info_of(input));
  for (const Value& output : graph.outputs) body.message(12, info_of(output));
  operators.bytes(1, "").number(2, 17);
  return model.number(1, 8).message(7, body).message(8, operators).done();
}

}  // namespace insula::extraction::onnx
