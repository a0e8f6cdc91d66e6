"""PyTorch trains the same network; for each line of its input prints one more rate, in texts/s."""

import os
import sys
import time

model, tokens, texts, size, threads, way = sys.argv[1:]
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
    os.environ[name] = threads

import numpy
import torch

import textcnn

torch.set_num_threads(int(threads))
torch.manual_seed(0)
size = int(size)
numbers = numpy.fromfile(tokens, numpy.int32)
texts = numpy.split(numbers[numbers[0] + 1 :], numbers[1 : numbers[0]])[: int(texts)]
network = textcnn.TextCNN(model)
network.embedding.weight.requires_grad_(True)
labels = network.head.out_features
# As this project does: AdamW, the embedding without decay; a fifth of the tokens, half of the head's inputs dropped.
dropped, halved = 0.2, torch.nn.Dropout(0.5)


def logits(tokens, lengths):
    embedded = network.embedding(tokens)
    keeps = torch.empty(tokens.shape + (1,)).bernoulli_(1 - dropped) / (1 - dropped)
    embedded = (embedded * keeps).transpose(1, 2)
    inside = torch.arange(tokens.shape[1])[None, :] < lengths[:, None]
    features = []
    for layer in network.filters:
        values = layer(torch.nn.functional.pad(embedded, (0, layer.kernel_size[0] - 1)))
        features.append(torch.relu(values.masked_fill(~inside[:, None, :], float("-inf")).amax(2)))
    features.append(embedded.sum(2) / torch.sqrt(torch.clamp(lengths, min=1.0))[:, None])
    return network.head(halved(torch.cat(features, 1)))


def optimizers():
    layers = [value for name, value in network.named_parameters() if name != "embedding.weight"]
    fused = {"fused": True} if way != "plain" and torch.__version__ >= "2.4" else {}
    if way == "sparse":
        # Only the rows that a batch has are moved, as in this project.
        network.embedding.sparse = True
        return [torch.optim.SparseAdam([network.embedding.weight], lr=0.002), torch.optim.AdamW(layers, lr=0.002, weight_decay=0.0, **fused)]
    return [torch.optim.AdamW([network.embedding.weight, *layers], lr=0.002, weight_decay=0.0, **fused)]


def epoch():
    """Batches of like length, in random order."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    for index in numpy.random.permutation(len(batches)):
        chosen = batches[index]
        tokens, lengths = textcnn.batch([texts[text] for text in chosen], network.padding)
        target = torch.tensor([text % labels for text in chosen])
        loss = torch.nn.functional.cross_entropy(logits(torch.from_numpy(tokens), torch.from_numpy(lengths)), target)
        for optimizer in steps:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in steps:
            optimizer.step()
        loss.item()


steps = optimizers()
for line in sys.stdin:
    start = time.perf_counter()
    epoch()
    print(len(texts) / (time.perf_counter() - start), flush=True)
