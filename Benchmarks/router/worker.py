"""The Python worker for texts: tokenizers, the same TextCNN in ONNX Runtime.

worker.py BROKERS MODEL THREADS
"""

import sys
import tempfile

import numpy
import tokenizers

import python_worker
import textcnn

SLICE = 64
brokers, path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
network = textcnn.TextCNN(path).eval()
session = textcnn.onnx_session(network, tempfile.mkdtemp() + "/model.onnx", threads)
vocabulary = {token: index for index, token in enumerate(network.vocabulary)}
tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
tokenizer.enable_truncation(network.card["training"]["maximumTokens"])


def infer(samples):
    """The texts sorted by length, so that little is padded."""
    texts = [sample["text"] for sample in samples]
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
    logits = numpy.empty((len(texts), len(network.card["labels"])), numpy.float32)
    for at in range(0, len(order), SLICE):
        part = order[at : at + SLICE]
        ids, lengths = textcnn.batch([tokens[index] for index in part], network.padding)
        logits[part] = session.run(None, {"tokens": ids, "lengths": lengths})[0]
    return logits


python_worker.run(brokers, network.card, infer, batch=2000)
