"""Made the files beside it, a small CLIP of random weights with what transformers 5.24 makes of it, and the byte-pair
texts of the tokenizer's tests, whose vocabularies are the part of CLIP's own that the texts need.

    pip install torch transformers pillow safetensors open_clip_torch
    python make.py
"""

import gzip
import json
import pathlib

import numpy
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

START, END = "<|startoftext|>", "<|endoftext|>"
here = pathlib.Path(__file__).parent
file = pathlib.Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
merges = [tuple(line.split()) for line in gzip.open(file).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]]
letters = list(bytes_to_unicode().values())
base = letters + [letter + "</w>" for letter in letters]


def tokenizer(merges):
    tokens = base + ["".join(pair) for pair in merges] + [START, END]
    return CLIPTokenizer({token: index for index, token in enumerate(tokens)}, list(merges))


def reduced(texts):
    """The merges that take part in these texts: each token is made by one merge."""
    whole, made = tokenizer(merges), {"".join(pair): pair for pair in merges}
    used, left = set(), [token for text in texts for token in whole.tokenize(text)]
    while left:
        pair = made.get(left.pop())
        if pair and pair not in used:
            used.add(pair)
            left += pair
    return [pair for pair in merges if pair in used]


TEXTS = [
    "a photo of a cat.", "This is a photo of a maple tree with probability 0.932", "a photo of a {label}.",
    "don't can't we're I've I'm they'll he'd it's IT'S rock'n'roll 'tis 'sun", "!'s ...'s ''s", "x's'd'll",
    "1234567890 3.14 1,000,000 ½ ² Ⅷ ٣٤٥ 2nd 4x4", "naïve café Ångström ÀÉÎÕÜ straße ŒUVRE İstanbul ΣΊΣΥΦΟΣ ǅ",
    "cafe\u0301 e\u0301\u0302 a\u030a \u1100\u1161\u11a8 가각",
    "Привет, мир! 你好世界 こんにちは 안녕하세요 สวัสดี नमस्ते مرحبا שלום", "😀😃 👨‍👩‍👧‍👦 🇩🇪 ❤️ 👍🏽 ☃",
    "&amp; &lt;b&gt; &#39; &eacute; <br/> AT&T", "  two  spaces\t\ttabs\n\nlines\r\n ",
    "\u00a0\u2003\u3000wide\u200bzero\u0085x\u2028y", "a_b snake_case __init__",
    "http://example.com/?q=1&x=%20#top user@example.org", "#hashtag @someone $5 50% ^_^ ~/~ `q`",
    "(brackets) [square] {curly} \"quoted\" “curly” «guillemets» —dash–", "ALL CAPS Mixed CaSe",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis", "aquarium fish", "pickup truck",
    "lawn mower", "willow tree", "\x00\x01\x1f\x7f control", "\ufffd \ue000 \U0001d400\U0001d7d8 ﬁ ﬂ",
    "<|endoftext|>", "x<|endoftext|>y", "<|startoftext|> a <|startoftext|>",
    "<|ENDOFTEXT|> <|endoftext> <|end", "", " ", "\n\t", "'", "''", "a", ".", "word " * 75, "word " * 76, "ok " * 200,
    "zzzq" * 90, "!" * 300, "1" * 80]


def write_tokenizer_cases():
    pairs = reduced(TEXTS)
    small = tokenizer(pairs)
    cases = [{"text": text, "ids": small(text, truncation=True, max_length=77)["input_ids"]} for text in TEXTS]
    data = {"vocabulary": small.get_vocab(), "merges": [" ".join(pair) for pair in pairs], "texts": cases}
    path = here.parents[2] / "TokenizerTests" / "Golden" / "clip.json"
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")


def picture(width, height):
    y, x, c = numpy.mgrid[0:height, 0:width, 0:3]
    return ((x * 7 + y * 13 + c * 29 + x * y % 31 * 5) % 256).astype(numpy.uint8)


prompts = [
    "a photo of a cat.", "This is a photo of a maple tree with probability 0.932", "aquarium fish", "", "word " * 90]
sizes = [(32, 32), (50, 40), (40, 75), (20, 24), (301, 9)]


def configuration(end, activation):
    common = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_act": activation}
    return CLIPConfig(
        text_config={
            "vocab_size": end + 1, "hidden_size": 24, "intermediate_size": 48, "bos_token_id": end - 1,
            "eos_token_id": end, **common},
        vision_config={"hidden_size": 32, "intermediate_size": 64, "image_size": 32, "patch_size": 8, **common},
        projection_dim=16)


def randomize(model):
    """Biases and normalisations that nothing may leave out, in numbers that half precision holds."""
    torch.manual_seed(13)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name == "logit_scale":
                value.fill_(3)
            elif "norm" in name and name.endswith("weight"):
                value.uniform_(0.5, 1.5)
            else:
                value.normal_(0, 0.3 if value.dim() < 2 else value.shape[-1] ** -0.5 * 1.5)
            value.copy_(value.half().float())


def golden(model, processor, tokenizer):
    images = [Image.fromarray(picture(width, height)) for width, height in sizes]
    pixels = processor(images, return_tensors="pt")["pixel_values"]
    tokens = tokenizer(prompts, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    with torch.no_grad():
        out = model(pixel_values=pixels, **tokens)
    return {
        "pixels": pixels, "images": out.image_embeds, "texts": out.text_embeds, "logits": out.logits_per_image}


write_tokenizer_cases()
pairs = reduced(prompts)
words = tokenizer(pairs)
end = len(words.get_vocab()) - 1
processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
values = {}
for activation in ["quick_gelu", "gelu"]:
    model = CLIPModel(configuration(end, activation)).eval()
    randomize(model)
    values |= {f"{activation}.{name}": value.contiguous() for name, value in golden(model, processor, words).items()}
del values["gelu.pixels"]
save_file(values, here / "golden.safetensors")
weights = {name: value for name, value in model.state_dict().items() if "position_ids" not in name}
save_file({name: value.half().contiguous() for name, value in weights.items()}, here / "model.safetensors")
fields = configuration(end, "quick_gelu").to_dict()
(here / "config.json").write_text(json.dumps(fields, indent=1, default=str) + "\n")
(here / "preprocessor_config.json").write_text(json.dumps(processor.to_dict(), indent=1, default=str) + "\n")
(here / "vocab.json").write_text(json.dumps(words.get_vocab(), separators=(",", ":")) + "\n")
(here / "merges.txt").write_text("\n".join(["#version: 0.2"] + [" ".join(pair) for pair in pairs]) + "\n")
