"""Made the files beside it, a small MPNet of random weights with what transformers 5.24 makes of it, and where a folder is
named what it makes of all-mpnet-base-v2: every eighth number.

    pip install torch transformers safetensors
    python make.py [.models/all-mpnet-base-v2]
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken
from transformers import AutoTokenizer, MPNetConfig, MPNetModel, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import MPNetConverter

here = pathlib.Path(__file__).parent
words = "a the of editor mail server fast fonts library for desktop ##s ##er un ##able , . ! < > [ ] s cl ##se mask".split()
vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "[PAD]", "[UNK]", *words, "<mask>"]
# Without <pad>, whose place transformers does not count.
texts = [
    "the fast mail server .", "", "a", "an editor for the desktop , unservable !", "<s> fast </s> <mask> a <unk>",
    "[CLS] fonts [SEP] [MASK]", "the library of fonts for editors " * 30,
]


def randomize(model):
    """Biases and normalisations that nothing may leave out, in numbers that half precision holds."""
    torch.manual_seed(14)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "LayerNorm" in name and name.endswith("weight"):
                value.uniform_(0.5, 1.5)
            elif "relative" in name:
                value.normal_(0, 1.5)
            else:
                value.normal_(0, 0.3 if value.dim() < 2 else value.shape[-1] ** -0.5 * 1.5)
            value.copy_(value.half().float())


(here / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
(here / "tokenizer_config.json").write_text(
    json.dumps({"tokenizer_class": "MPNetTokenizer", "do_lower_case": True, "unk_token": "[UNK]"}) + "\n")
configuration = MPNetConfig(
    vocab_size=len(vocabulary), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
    max_position_embeddings=162, layer_norm_eps=1e-5, relative_attention_num_buckets=32)
configuration.architectures = ["MPNetModel"]
(here / "config.json").write_text(configuration.to_json_string(use_diff=False))
model = MPNetModel(configuration, add_pooling_layer=False).eval()
randomize(model)
save_file(
    {name: value.half().contiguous() for name, value in model.state_dict().items() if "position_ids" not in name},
    here / "model.safetensors")


class Slow:
    """What the converter asks of MPNet's tokenizer."""

    do_lower_case, cls_token, sep_token, unk_token = True, "<s>", "</s>", "[UNK]"
    cls_token_id, sep_token_id = 0, 2
    vocab = {token: index for index, token in enumerate(vocabulary)}

    class basic_tokenizer:
        tokenize_chinese_chars, strip_accents, do_lower_case = True, None, True


# The real model's tokenizer, with the vocabulary of this one.
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=MPNetConverter(Slow()).converted(), cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="[UNK]",
    mask_token=AddedToken("<mask>", lstrip=True))
tokenizer.add_tokens(AddedToken("<unk>", special=True), special_tokens=True)
numbers = lambda values: [round(value, 6) for value in values.tolist()]
entries = []
for text in texts:
    tokens = tokenizer(text, truncation=True, max_length=160)["input_ids"]
    with torch.no_grad():
        states = model(torch.tensor([tokens]), output_hidden_states=True).hidden_states
    vector = torch.nn.functional.normalize(states[-1][0].mean(0), dim=0)
    layers = torch.cat([part for state in states for part in (state[0].mean(0), state[0].amax(0))])
    entries.append({"text": text, "ids": tokens, "vector": numbers(vector), "allLayers": numbers(layers)})
(here / "golden.json").write_text(json.dumps(entries, separators=(",", ":")) + "\n")

if len(sys.argv) > 1:
    tokenizer, model = AutoTokenizer.from_pretrained(sys.argv[1]), MPNetModel.from_pretrained(sys.argv[1]).eval()
    entries = []
    for text in ["what is my account balance", "The film was a triumph; <s> naïve viewers wept.", "", "word " * 300]:
        tokens = tokenizer(text, truncation=True, max_length=384, return_tensors="pt")
        with torch.no_grad():
            vector = torch.nn.functional.normalize(model(**tokens).last_hidden_state[0].mean(0), dim=0)
        entries.append({"text": text, "tokens": tokens["input_ids"].shape[1], "vector": numbers(vector[::8])})
    (here / "all-mpnet-base-v2.json").write_text(json.dumps(entries, separators=(",", ":")) + "\n")
