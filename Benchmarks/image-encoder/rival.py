"""EfficientNet-Lite in ONNX Runtime; for each line of its input prints one more rate, in pictures/s of CPU time.

rival.py MODEL PICTURES COUNT OUTPUT
"""

import json
import os
import pathlib
import sys
import time

model, pictures, count, output = sys.argv[1:]
os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from PIL import Image

import model_file

folder = pathlib.Path(model)
configuration = json.loads((folder / "config.json").read_text())
_, tensors = model_file.read(folder / "model.safetensors")
size, epsilon = configuration["image_size"], configuration["batch_norm_epsilon"]
nodes, weights = [], []


def add(kind, inputs, **attributes):
    name = f"{kind}{len(nodes)}"
    nodes.append(helper.make_node(kind, inputs, [name], **attributes))
    return name


def constant(name, value):
    weights.append(numpy_helper.from_array(numpy.ascontiguousarray(value, dtype=numpy.float32), name))
    return name


def convolution(value, name, norm, stride=1, is_depthwise=False, has_relu=True):
    """A convolution with its batch norm folded in, as ONNX Runtime's optimizer would fold it."""
    kernel = tensors[f"{name}.weight"].astype(numpy.float64)
    factor = tensors[f"{norm}.weight"] / numpy.sqrt(tensors[f"{norm}.running_var"].astype(numpy.float64) + epsilon)
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * factor
    value = add(
        "Conv",
        [value, constant(name, kernel * factor[:, None, None, None]), constant(f"{name}.bias", bias)],
        strides=[stride, stride], auto_pad="SAME_UPPER", group=kernel.shape[0] if is_depthwise else 1)
    return add("Clip", [value, "zero", "six"]) if has_relu else value


constant("zero", numpy.array(0))
constant("six", numpy.array(6))
value, index, before = convolution("pixels", "_conv_stem", "_bn0", stride=2), 0, None
for depth, width, stride in zip(configuration["depths"], configuration["widths"], [1, 2, 2, 2, 1, 2, 1]):
    for repetition in range(depth):
        block, entry = f"_blocks.{index}.", value
        if index:
            value = convolution(value, block + "_expand_conv", block + "_bn0")
        value = convolution(value, block + "_depthwise_conv", block + "_bn1", stride if repetition == 0 else 1, is_depthwise=True)
        value = convolution(value, block + "_project_conv", block + "_bn2", has_relu=False)
        if repetition:
            value = add("Add", [value, entry])
        index += 1
value = add("GlobalAveragePool", [convolution(value, "_conv_head", "_bn1")])
nodes.append(helper.make_node("Flatten", [value], ["features"]))
graph = helper.make_graph(
    nodes, "efficientnet-lite", [helper.make_tensor_value_info("pixels", onnx.TensorProto.FLOAT, ["pictures", 3, size, size])],
    [helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["pictures", configuration["feature_width"]])], weights)
network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
onnx.checker.check_model(network)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"])
decoded = [Image.open(path).convert("RGB") for path in sorted(pathlib.Path(pictures).iterdir())[: int(count)]]


def encode(batch):
    rows = []
    for start in range(0, len(decoded), batch):
        enlarged = [numpy.asarray(picture.resize((size, size), Image.BICUBIC)) for picture in decoded[start : start + batch]]
        pixels = (numpy.stack(enlarged).transpose(0, 3, 1, 2).astype(numpy.float32) - 127) / 128
        rows.append(session.run(None, {"pixels": pixels})[0])
    features = numpy.concatenate(rows)
    return features / numpy.linalg.norm(features, axis=1, keepdims=True)


def rate(batch):
    start = time.process_time()
    encode(batch)
    return len(decoded) / (time.process_time() - start)


encode(8).astype(numpy.float32).tofile(output)
best = max([1, 4, 8, 16], key=rate)
print(f"ONNX Runtime: batches of {best}", file=sys.stderr)
for line in sys.stdin:
    print(rate(best), flush=True)
