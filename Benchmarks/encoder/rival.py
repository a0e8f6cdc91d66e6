"""A sentence encoder in PyTorch or ONNX Runtime; for each line of its input prints one more rate, in texts/s: of CPU time with
one thread, whatever else the machine does, of wall time with more."""

import json
import os
import pathlib
import sys
import tempfile
import time
import warnings

way, model, data, count, threads, output = sys.argv[1:]
for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"]:
    os.environ[name] = threads
os.environ["TOKENIZERS_PARALLELISM"] = "true" if int(threads) > 1 else "false"
warnings.filterwarnings("ignore")

import numpy
import torch
import transformers

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(int(threads))
maximum = 256
with open(data) as file:
    texts = [json.loads(line)["text"] for line in file][: int(count)]
tokenizer = transformers.AutoTokenizer.from_pretrained(model)
# PyTorch's fused attention is its default.
network = transformers.BertModel.from_pretrained(model, add_pooling_layer=False).eval()


def batches(budget):
    """Sorted by length, longest first: at most `budget` tokens with the padding."""
    ids = tokenizer(texts, truncation=True, max_length=maximum)["input_ids"]
    order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
    at = 0
    while at < len(order):
        length = len(ids[order[at]])
        chosen = order[at : at + max(1, budget // length)]
        at += len(chosen)
        tokens = numpy.zeros((len(chosen), length), numpy.int64)
        mask = numpy.zeros((len(chosen), length), numpy.int64)
        for row, index in enumerate(chosen):
            tokens[row, : len(ids[index])] = ids[index]
            mask[row, : len(ids[index])] = 1
        yield chosen, tokens, mask


def on_torch(tokens, mask):
    with torch.inference_mode():
        mask = torch.from_numpy(mask)
        # Without padding no mask is needed, and none is cheaper.
        return network(torch.from_numpy(tokens), attention_mask=None if bool(mask.all()) else mask).last_hidden_state.numpy()


def on_onnx():
    import onnxruntime

    class Hidden(torch.nn.Module):
        """The last layer; its attention in the plain operators that ONNX Runtime's optimizer knows how to fuse."""

        def __init__(self):
            super().__init__()
            self.network = transformers.BertModel.from_pretrained(model, add_pooling_layer=False, attn_implementation="eager").eval()

        def forward(self, ids, mask):
            return self.network(input_ids=ids, attention_mask=mask).last_hidden_state

    folder = pathlib.Path(tempfile.mkdtemp())
    axes = {0: "texts", 1: "length"}
    torch.onnx.export(
        Hidden().eval(), (torch.ones((2, 9), dtype=torch.int64), torch.ones((2, 9), dtype=torch.int64)), str(folder / "plain.onnx"),
        input_names=["input_ids", "attention_mask"], output_names=["hidden"], dynamo=False, opset_version=17,
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "hidden": axes})
    # Attention, bias and GELU, sum and normalisation each become one operator.
    from onnxruntime.transformers import optimizer

    fused = optimizer.optimize_model(
        str(folder / "plain.onnx"), "bert", num_heads=network.config.num_attention_heads, hidden_size=network.config.hidden_size)
    print(fused.get_fused_operator_statistics(), file=sys.stderr)
    fused.save_model_to_file(str(folder / "fused.onnx"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    sessions = {name: onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]) for name in ["plain", "fused"]}
    return {name: (lambda tokens, mask, session=session: session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]) for name, session in sessions.items()}


def encode(forward, budget):
    vectors = numpy.empty((len(texts), network.config.hidden_size), numpy.float32)
    for chosen, tokens, mask in batches(budget):
        hidden = forward(tokens, mask)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        vectors[chosen] = mean / numpy.linalg.norm(mean, axis=1, keepdims=True)
    return vectors


clock = time.process_time if int(threads) == 1 else time.perf_counter


def rate(forward, budget):
    start = clock()
    encode(forward, budget)
    return len(texts) / (clock() - start)


forwards = {"torch": on_torch} if way == "torch" else on_onnx()
encode(next(iter(forwards.values())), 1024).astype(numpy.float32).tofile(output)
best = max(((name, budget) for name in forwards for budget in [512, 1024, 2048, 4096]), key=lambda choice: rate(forwards[choice[0]], choice[1]))
print(f"{way}: {best[0]}, batches of {best[1]} tokens", file=sys.stderr)
for line in sys.stdin:
    print(rate(forwards[best[0]], best[1]), flush=True)
