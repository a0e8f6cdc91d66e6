"""The Python worker for pictures: Pillow, the same residual network in ONNX Runtime.

worker.py BROKERS MODEL THREADS spinning|blocking
"""

import base64
import io
import sys
import tempfile

import numpy
from PIL import Image

import python_worker
import resnet

SLICE = 32
brokers, path, threads, waiting = sys.argv[1:]
network = resnet.ResNet(path)
exact = tempfile.mkdtemp() + "/model.onnx"
network.write_onnx(exact)
session = resnet.session(exact, int(threads), spins=waiting == "spinning")


def pixels(sample):
    picture = Image.open(io.BytesIO(base64.b64decode(sample["image"]["data"]))).convert("RGB")
    return numpy.asarray(picture if picture.size == (32, 32) else picture.resize((32, 32), Image.BICUBIC))


def infer(samples):
    inputs = network.normalised(numpy.stack([pixels(sample) for sample in samples]))
    parts = [session.run(None, {"pictures": inputs[at : at + SLICE]})[0] for at in range(0, len(inputs), SLICE)]
    return numpy.concatenate(parts)


python_worker.run(brokers, network.card, infer, batch=512)
