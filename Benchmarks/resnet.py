"""The rival's residual network: a small model's file as ONNX, in float32 and statically quantised to 8 bits."""

import json

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

import model_file


class ResNet:
    """Reads a model's file and folds batch normalisation into its convolutions."""

    def __init__(self, path):
        self.metadata, self.tensors = model_file.read(path)
        self.blocks = json.loads(self.metadata["shape"])["blocks"]
        self.card = json.loads(self.metadata["card"])
        self.labels = self.card["labels"]

    def normalised(self, pixels):
        """[pictures][32][32][3] bytes as the network's float32 [pictures][3][32][32]."""
        values = (pixels.astype(numpy.float32) - self.tensors["pixels.mean"]) / self.tensors["pixels.deviation"]
        return numpy.ascontiguousarray(values.transpose(0, 3, 1, 2))

    def folded(self, index):
        """Weight and bias of a convolution."""
        weight, scale, shift, mean, variance = (
            self.tensors[f"convolution.{index}{part}"] for part in ["", ".scale", ".shift", ".mean", ".variance"])
        factor = scale / numpy.sqrt(variance + 1e-5)
        return weight * factor[:, None, None, None], shift - mean * factor

    def write_onnx(self, path):
        graph = Graph(self)
        value = graph.convolution("pictures", relu=True)
        for channels in [16, 32, 64]:
            for block in range(self.blocks):
                halves = block == 0 and channels > 16
                inner = graph.convolution(value, stride=2 if halves else 1, relu=True)
                outer = graph.convolution(inner)
                value = graph.add(outer, graph.shortcut(value, channels // 2) if halves else value)
        graph.head(value)
        onnx.save(graph.model(), path)


class Graph:
    def __init__(self, network):
        self.network, self.nodes, self.constants, self.count = network, [], [], 0

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(values), name))
        return name

    def node(self, kind, inputs, **attributes):
        output = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, value, stride=1, relu=False):
        weight, bias = self.network.folded(self.count)
        names = [self.constant(f"weight{self.count}", weight), self.constant(f"bias{self.count}", bias)]
        self.count += 1
        result = self.node("Conv", [value, *names], kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4)
        return self.node("Relu", [result]) if relu else result

    def shortcut(self, value, channels):
        """Every second pixel, zeros for the new channels."""
        place = len(self.nodes)
        whole = lambda name, values: self.constant(f"{name}{place}", numpy.array(values, numpy.int64))
        fewer = self.node(
            "Slice", [value, whole("from", [0, 0]), whole("to", [1 << 30] * 2), whole("axes", [2, 3]), whole("steps", [2, 2])])
        return self.node("Pad", [fewer, whole("pads", [0, 0, 0, 0, 0, channels, 0, 0])])

    def add(self, left, right):
        return self.node("Relu", [self.node("Add", [left, right])])

    def head(self, value):
        flat = self.node("Flatten", [self.node("GlobalAveragePool", [value])])
        tensors = self.network.tensors
        names = [self.constant("head", tensors["head"]), self.constant("head.bias", tensors["head.bias"])]
        self.nodes.append(helper.make_node("Gemm", [flat, *names], ["logits"], name="logits", transB=1))

    def model(self):
        labels = len(self.network.labels)
        graph = helper.make_graph(
            self.nodes, "resnet",
            [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["count", 3, 32, 32])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["count", labels])], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        return model


def quantise(source, target, pictures):
    """Static quantisation as ONNX Runtime recommends it for x86: activations U8, weights S8 a channel."""
    from onnxruntime import quantization
    from onnxruntime.quantization import shape_inference

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.batches = iter(numpy.array_split(pictures, max(1, len(pictures) // 50)))

        def get_next(self):
            batch = next(self.batches, None)
            return None if batch is None else {"pictures": batch}

    shape_inference.quant_pre_process(source, source + ".prepared")
    quantization.quantize_static(
        source + ".prepared", target, Reader(), per_channel=True,
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8)


def session(path, threads=1, spins=True):
    """spins: whether threads wait busily for work, as they do where nobody says otherwise."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spins)))
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
