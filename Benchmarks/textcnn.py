"""The rivals' TextCNN: a small model's file, as PyTorch and as ONNX Runtime run it."""

import json
import warnings

import numpy
import torch

import model_file


class TextCNN(torch.nn.Module):
    """Kim's network with the embeddings' scaled sum beside the maxima, as this project trains it."""

    def __init__(self, path, masks=True):
        """masks: whether windows beyond a text's end are left out, as they must be where a batch has texts of several
        lengths. Rivals are timed without it, so that they are as fast as they can be."""
        super().__init__()
        self.masks = masks
        metadata, tensors = model_file.read(path)
        self.card = json.loads(metadata["card"])
        self.vocabulary = bytes(tensors["vocabulary"]).decode().split("\n")
        shape = json.loads(metadata["shape"])
        self.padding = shape["padding"]
        weight = lambda name: torch.from_numpy(tensors[name].astype(numpy.float32))
        self.embedding = torch.nn.Embedding.from_pretrained(weight("embedding"), padding_idx=self.padding)
        self.filters = torch.nn.ModuleList()
        for index, bank in enumerate(shape["filters"]):
            layer = torch.nn.Conv1d(shape["dimension"], bank["count"], bank["width"])
            layer.weight.data, layer.bias.data = weight(f"filters.{index}"), weight(f"filters.{index}.bias")
            self.filters.append(layer)
        features = sum(bank["count"] for bank in shape["filters"]) + shape["dimension"]
        self.head = torch.nn.Linear(features, shape["labels"])
        self.head.weight.data, self.head.bias.data = weight("head"), weight("head.bias")

    def forward(self, tokens, lengths):
        """tokens: [texts][the longest's length] int64, padded; lengths: [texts] float32; gives [texts][labels]."""
        embedded = self.embedding(tokens).transpose(1, 2)
        features = []
        for layer in self.filters:
            # A text of n tokens has n windows, the last of which reach into zeros.
            values = layer(torch.nn.functional.pad(embedded, (0, layer.kernel_size[0] - 1)))
            if self.masks:
                inside = torch.arange(tokens.shape[1])[None, :] < lengths[:, None]
                values = values.masked_fill(~inside[:, None, :], float("-inf"))
            features.append(torch.relu(values.amax(2)))
        features.append(embedded.sum(2) / torch.sqrt(torch.clamp(lengths, min=1.0))[:, None])
        return self.head(torch.cat(features, 1))


def batch(texts, padding):
    """Arrays of tokens as the network takes them."""
    longest = max(1, max(len(text) for text in texts))
    tokens = numpy.full((len(texts), longest), padding, numpy.int64)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = text
    return tokens, numpy.array([len(text) for text in texts], numpy.float32)


def onnx_session(model, path, threads):
    """Writes the network to `path` and opens it with ONNX Runtime."""
    import onnxruntime

    axes = {"tokens": {0: "texts", 1: "length"}, "lengths": {0: "texts"}, "logits": {0: "texts"}}
    warnings.filterwarnings("ignore", module="torch.onnx")
    torch.onnx.export(
        model, (torch.ones((2, 9), dtype=torch.int64), torch.full((2,), 9.0)), path, input_names=["tokens", "lengths"],
        output_names=["logits"], dynamic_axes=axes, opset_version=16)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
