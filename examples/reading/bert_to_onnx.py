# SPDX-License-Identifier: Apache-2.0
"""Writes a BERT encoder's weights as an ONNX model: bert_to_onnx.py FOLDER MODEL.onnx

FOLDER holds config.json and model.safetensors as Hugging Face writes them. The layers have the
names embeddings, layer.1, layer.2, … and last_hidden_state, each stimuli x tokens x features.
Needs: pip install onnx safetensors numpy
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file


class Graph:
    """Nodes and constants as they are added; each call gives back the name of its output."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], {}

    def constant(self, name, value):
        self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def add(self, kind, *inputs, out, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [out], name=out, **attributes))
        return out

    def linear(self, x, part, out):
        transposed = self.constant(part + ".kernel", self.weights[part + ".weight"].T.copy())
        product = self.add("MatMul", x, transposed, out=out + ".product")
        return self.add("Add", product, self.weight(part + ".bias"), out=out)

    def normalised(self, x, part, epsilon, out):
        scale, shift = self.weight(part + ".weight"), self.weight(part + ".bias")
        return self.add("LayerNormalization", x, scale, shift, out=out, axis=-1, epsilon=epsilon)


def attention(g, x, bias, part, heads, size):
    width = size // heads
    split = g.constant("split", np.array([0, 0, heads, width], np.int64))
    joined = g.constant("joined", np.array([0, 0, size], np.int64))
    scale = g.constant("scale", np.float32(1 / np.sqrt(width)))
    parts = {}
    for role, order in ("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]):
        flat = g.linear(x, f"{part}.self.{role}", f"{part}.{role}")
        heads_apart = g.add("Reshape", flat, split, out=f"{part}.{role}.heads")
        parts[role] = g.add("Transpose", heads_apart, out=f"{part}.{role}.turned", perm=order)
    scores = g.add("MatMul", parts["query"], parts["key"], out=part + ".products")
    scores = g.add("Mul", scores, scale, out=part + ".scaled")
    scores = g.add("Add", scores, bias, out=part + ".scores")
    shares = g.add("Softmax", scores, out=part + ".shares", axis=-1)
    mixed = g.add("MatMul", shares, parts["value"], out=part + ".mixed")
    mixed = g.add("Transpose", mixed, out=part + ".back", perm=[0, 2, 1, 3])
    return g.add("Reshape", mixed, joined, out=part + ".context")


def gelu(g, x, out):
    root = g.constant("root_of_two", np.float32(np.sqrt(2)))
    one, half = g.constant("one", np.float32(1)), g.constant("half", np.float32(0.5))
    error = g.add("Erf", g.add("Div", x, root, out=out + ".of_root"), out=out + ".erf")
    gate = g.add("Mul", g.add("Add", error, one, out=out + ".plus_one"), half, out=out + ".gate")
    return g.add("Mul", x, gate, out=out)


def embeddings(g, epsilon):
    part = "embeddings."
    words = g.add("Gather", g.weight(part + "word_embeddings.weight"), "input_ids", out="words")
    types = g.add(
        "Gather", g.weight(part + "token_type_embeddings.weight"), "token_type_ids", out="types"
    )
    length = g.add("Shape", "input_ids", out="length", start=1, end=2)
    first, axis = g.constant("first", np.array([0], np.int64)), g.constant("axis", np.array([0]))
    table = g.weight(part + "position_embeddings.weight")
    places = g.add("Slice", table, first, length, axis, out="places")
    summed = g.add("Add", g.add("Add", words, types, out="typed"), places, out="placed")
    return g.normalised(summed, part + "LayerNorm", epsilon, "embeddings")


def attention_bias(g):
    """0 for a token and -1e9, which no softmax feels, for padding: stimuli x 1 x 1 x tokens."""
    axes = g.constant("middle", np.array([1, 2], np.int64))
    mask = g.add("Cast", "attention_mask", out="mask", to=TensorProto.FLOAT)
    mask = g.add("Unsqueeze", mask, axes, out="wide_mask")
    absent = g.add("Sub", g.constant("one", np.float32(1)), mask, out="absent")
    return g.add("Mul", absent, g.constant("never", np.float32(-1e9)), out="bias")


def bert(config, weights):
    g = Graph(weights)
    epsilon, layers = config["layer_norm_eps"], config["num_hidden_layers"]
    heads, size = config["num_attention_heads"], config["hidden_size"]
    if config["hidden_act"] != "gelu" or config["position_embedding_type"] != "absolute":
        sys.exit("expected a BERT with gelu and absolute positions")
    x, bias = embeddings(g, epsilon), attention_bias(g)
    for k in range(layers):
        part = f"encoder.layer.{k}"
        context = attention(g, x, bias, part + ".attention", heads, size)
        y = g.linear(context, part + ".attention.output.dense", part + ".attended")
        y = g.add("Add", y, x, out=part + ".beside")
        y = g.normalised(y, part + ".attention.output.LayerNorm", epsilon, part + ".middle")
        z = g.linear(y, part + ".intermediate.dense", part + ".wide")
        z = g.linear(gelu(g, z, part + ".gelu"), part + ".output.dense", part + ".narrow")
        z = g.add("Add", z, y, out=part + ".sum")
        x = g.normalised(z, part + ".output.LayerNorm", epsilon, f"layer.{k + 1}")
    g.add("Identity", x, out="last_hidden_state")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    text = [helper.make_tensor_value_info(n, TensorProto.INT64, ["stimuli", "tokens"]) for n in names]
    hidden = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["stimuli", "tokens", size]
    )
    graph = helper.make_graph(g.nodes, "bert", text, [hidden], list(g.constants.values()))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    model = bert(config, load_file(folder / "model.safetensors"))
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[2])


main()
