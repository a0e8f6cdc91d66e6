"""Reads safetensors, as small models and encoders are kept."""

import json
import struct

import numpy


def read(path):
    """Metadata and {name: array} of a file."""
    types = {"F32": numpy.float32, "F16": numpy.float16, "I32": numpy.int32, "U8": numpy.uint8}
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {
        name: numpy.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return metadata, tensors
