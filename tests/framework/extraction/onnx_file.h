// SPDX-License-Identifier: Apache-2.0
// Networks as files, written byte by byte: as much of ONNX as the tests need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace insula::extraction::onnx {

/// Element types. source  onnx/onnx.proto, TensorProto.DataType
enum class Type { float32 = 1, int64 = 7 };

/// A dimension: a size, or a name for any size.
struct Extent {
  std::int64_t size = 0;
  std::string name;
};
inline Extent any(const std::string& name) { return {0, name}; }
inline Extent of(std::int64_t size) { return {size, ""}; }

struct Value {
  std::string name;
  Type type = Type::float32;
  std::vector<Extent> shape;
};

struct Attribute {
  std::string name;
  std::vector<std::int64_t> numbers;
  bool is_list = false;
};

struct Node {
  std::string kind;
  std::vector<std::string> inputs, outputs;
  std::vector<Attribute> attributes = {};
};

struct Constant {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> numbers;
};

struct Graph {
  std::vector<Value> inputs, outputs;
  std::vector<Node> nodes;
  std::vector<Constant> constants;
};

/// The bytes of a model.onnx, of operator set 17.
/// source  onnx/onnx.proto · protobuf.dev, "Encoding"
std::string file_of(const Graph& graph);

}  // namespace insula::extraction::onnx
