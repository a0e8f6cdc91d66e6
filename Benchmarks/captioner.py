"""The rival's captioner: a small model's file as ONNX, one step a run; what is through leaves the batch."""

import json

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

import model_file

END, UNKNOWN = 0, 1


class Captioner:
    """Reads a model's file."""

    def __init__(self, path):
        metadata, self.tensors = model_file.read(path)
        shape = json.loads(metadata["shape"])
        self.hidden, self.places, self.channels = [shape[name] for name in ["hidden", "places", "channels"]]
        self.longest = json.loads(metadata["search"])["longest"]
        self.begin, self.step = self.session(self.begin_graph()), self.session(self.step_graph())

    def session(self, graph):
        import onnxruntime

        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def linear(self, name):
        return {f"{name}.turned": self.tensors[f"{name}.weight"].T, f"{name}.bias": self.tensors[f"{name}.bias"]}

    def begin_graph(self):
        nodes = [
            helper.make_node("MatMul", ["grids", "values.turned"], ["places"]),
            helper.make_node("Add", ["places", "values.bias"], ["biased"]),
            helper.make_node("Relu", ["biased"], ["values"]),
            helper.make_node("ReduceMean", ["grids"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("Gemm", ["mean", "image.turned", "image.bias"], ["whole"]),
            helper.make_node("Relu", ["whole"], ["image"]),
        ]
        return self.graph(
            "begin", nodes, {"grids": [self.places, self.channels]}, ["values", "image"],
            {**self.linear("values"), **self.linear("image")})

    def step_graph(self):
        nodes = [
            helper.make_node("Gather", ["embedding", "token"], ["embedded"]),
            helper.make_node("Add", ["embedded", "image"], ["read"]),
            *[helper.make_node("Unsqueeze", [name, "0"], [f"{name}.first"]) for name in ["read", "output", "cell"]],
            helper.make_node(
                "LSTM", ["read.first", "input", "recurrent", "gates", "", "output.first", "cell.first"],
                ["outputs", "output.last", "cell.last"], hidden_size=self.hidden),
            *[helper.make_node("Squeeze", [f"{name}.last", "0"], [f"{name}.next"]) for name in ["output", "cell"]],
            helper.make_node("Gemm", ["output.next", "query.turned", "query.bias"], ["query"]),
            helper.make_node("Unsqueeze", ["query", "2"], ["query.column"]),
            helper.make_node("MatMul", ["values", "query.column"], ["scores.column"]),
            helper.make_node("Squeeze", ["scores.column", "2"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["attention"], axis=1),
            helper.make_node("Unsqueeze", ["attention", "1"], ["attention.row"]),
            helper.make_node("MatMul", ["attention.row", "values"], ["seen.row"]),
            helper.make_node("Squeeze", ["seen.row", "1"], ["seen"]),
            helper.make_node("Add", ["output.next", "seen"], ["sum"]),
            helper.make_node("Gemm", ["sum", "output.turned", "output.bias"], ["logits"]),
            helper.make_node("Add", ["logits", "mask"], ["choices"]),
            helper.make_node("ArgMax", ["choices"], ["token.next"], axis=1, keepdims=0),
            helper.make_node("ReduceMax", ["choices"], ["largest"], axes=[1], keepdims=0),
            helper.make_node("ReduceLogSumExp", ["logits"], ["whole"], axes=[1], keepdims=0),
            helper.make_node("Sub", ["largest", "whole"], ["log_probability"]),
        ]
        root = numpy.float32(1 / numpy.sqrt(self.hidden))
        biases = self.gates("gates.bias")[:, 0]
        query = {name: value * root for name, value in self.linear("query").items()}
        mask = numpy.zeros(len(self.tensors["output.bias"]), numpy.float32)
        mask[UNKNOWN] = -1e9
        constants = {
            "embedding": self.tensors["embedding"], "input": self.gates("gates.input")[None], "mask": mask,
            "recurrent": self.gates("gates.recurrent")[None],
            "gates": numpy.concatenate([biases, numpy.zeros_like(biases)])[None], **query, **self.linear("output"),
            **{str(axis): numpy.array([axis], numpy.int64) for axis in range(3)},
        }
        inputs = {
            "token": [], "image": [self.hidden], "values": [self.places, self.hidden], "output": [self.hidden],
            "cell": [self.hidden],
        }
        return self.graph("step", nodes, inputs, ["token.next", "log_probability", "output.next", "cell.next"], constants)

    def gates(self, name):
        """The gates in ONNX's order: input, output, forget, cell."""
        return self.tensors[name].reshape(4, self.hidden, -1)[[0, 3, 1, 2]].reshape(4 * self.hidden, -1)

    def graph(self, name, nodes, inputs, outputs, constants):
        def kind(name):
            return TensorProto.INT64 if name.startswith("token") else TensorProto.FLOAT

        return helper.make_graph(
            nodes, name,
            [helper.make_tensor_value_info(name, kind(name), ["captions", *shape]) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, kind(name), None) for name in outputs],
            [numpy_helper.from_array(numpy.ascontiguousarray(value), name) for name, value in constants.items()])

    def captions(self, grids, size, leaving):
        """The most probable token each time, of batches of `size`. What has ended leaves a batch once the share `leaving`
        of it has; 1: never."""
        result = []
        for start in range(0, len(grids), size):
            result += self.batch(grids[start : start + size], leaving)
        return result

    def batch(self, grids, leaving):
        values, image = self.begin.run(None, {"grids": grids})
        count = len(grids)
        output = cell = numpy.zeros((count, self.hidden), numpy.float32)
        token, rows, is_open = numpy.zeros(count, numpy.int64), numpy.arange(count), numpy.ones(count, bool)
        captions, sums, steps = [[] for _ in range(count)], numpy.zeros(count), numpy.zeros(count, int)
        for _ in range(self.longest):
            token, log_probability, output, cell = self.step.run(
                None, {"token": token, "image": image, "values": values, "output": output, "cell": cell})
            sums[rows[is_open]] += log_probability[is_open]
            steps[rows[is_open]] += 1
            is_open &= token != END
            for row, word in zip(rows[is_open].tolist(), token[is_open].tolist()):
                captions[row].append(word)
            if not is_open.any():
                break
            if 1 - is_open.mean() >= leaving:
                token, output, cell, values, image, rows = [
                    part[is_open] for part in [token, output, cell, values, image, rows]]
                is_open = is_open[is_open]
        return [(mean, caption) for mean, caption in zip(sums / steps, captions)]
