"""The rival's LSTM: a small model's file as ONNX."""

import json

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

import model_file


class LSTM:
    """Reads a model's file."""

    def __init__(self, path):
        self.metadata, self.tensors = model_file.read(path)
        self.hidden = json.loads(self.metadata["shape"])["hidden"]
        self.labels = json.loads(self.metadata["card"])["labels"]

    def gates(self, name):
        """Both directions' numbers, the gates in ONNX's order: input, output, forget, cell."""
        both = [self.tensors[f"{direction}.{name}"] for direction in ["forward", "backward"]]
        return numpy.stack(
            [part.reshape(4, self.hidden, -1)[[0, 3, 1, 2]].reshape(4 * self.hidden, -1) for part in both])

    def session(self):
        import onnxruntime

        biases = self.gates("bias")[:, :, 0]
        constants = {
            "embedding": self.tensors["embedding"].astype(numpy.float32), "input": self.gates("input"),
            "recurrent": self.gates("recurrent"), "bias": numpy.concatenate([biases, numpy.zeros_like(biases)], 1),
            "head": self.tensors["head"], "head.bias": self.tensors["head.bias"],
        }
        nodes = [
            helper.make_node("Gather", ["embedding", "tokens"], ["embedded"]),
            helper.make_node(
                "LSTM", ["embedded", "input", "recurrent", "bias", "lengths"], ["outputs"], hidden_size=self.hidden,
                direction="bidirectional"),
            helper.make_node("Add", ["outputs", "mask"], ["masked"]),
            helper.make_node("ReduceMax", ["masked"], ["largest"], axes=[0], keepdims=0),
            helper.make_node("Transpose", ["largest"], ["turned"], perm=[1, 0, 2]),
            helper.make_node("Flatten", ["turned"], ["features"]),
            helper.make_node("Gemm", ["features", "head", "head.bias"], ["logits"], transB=1),
        ]
        graph = helper.make_graph(
            nodes, "lstm",
            [
                helper.make_tensor_value_info("tokens", TensorProto.INT64, ["length", "texts"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
                helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["length", 1, "texts", 1]),
            ],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", len(self.labels)])],
            [numpy_helper.from_array(numpy.ascontiguousarray(value), name) for name, value in constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def batch(texts):
    """What a session reads of some texts, padded to the longest; one without tokens is one of padding."""
    lengths = numpy.array([max(1, len(text)) for text in texts], numpy.int32)
    tokens = numpy.zeros((lengths.max(), len(texts)), numpy.int64)
    for column, text in enumerate(texts):
        tokens[: len(text), column] = text
    # An output is above -1, so what is behind a text is never the largest.
    mask = numpy.where(numpy.arange(len(tokens))[:, None] < lengths, 0, -2).astype(numpy.float32)
    return {"tokens": tokens, "lengths": lengths, "mask": mask[:, None, :, None]}
