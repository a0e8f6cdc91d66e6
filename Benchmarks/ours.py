"""Starts this project's half of a benchmark."""

import os
import pathlib
import subprocess

root = pathlib.Path(__file__).parent.parent
program = os.environ.get("SHUNT_BENCHMARK_PROGRAM", str(root / ".build/release/shunt-benchmark"))
data = pathlib.Path(os.environ.get("SHUNT_BENCHMARK_DATA", root / "../shared/data"))
pypi = root / "Benchmarks/.venv-pypi/bin/python"
models = root / "Benchmarks/.models"
encoder = next(
    (path for path in [pathlib.Path(os.environ.get("SHUNT_MODELS", root / ".models")), root.parent / ".models"] if path.exists()), root
) / "all-MiniLM-L6-v2"


def call(*arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, cwd=root, stdout=subprocess.PIPE, text=True).stdout


def model(name):
    """The path of a small model, made where it is not there yet."""
    path = models / f"{name}.safetensors"
    if not path.exists():
        models.mkdir(exist_ok=True)
        call("model", name, "--data", data, "--output", path)
    return path


def picture_model(given, epochs):
    """The path of a residual network for cifar100-lt: the given one, or one that is trained where it is not there yet."""
    if given:
        return pathlib.Path(given).absolute()
    path = models / f"resnet-{epochs}.safetensors"
    if not path.exists():
        models.mkdir(exist_ok=True)
        call("picture-model", "--data", data, "--epochs", epochs, "--output", path)
    return path


def pythons():
    """Interpreters by the PyTorch that they bring: Debian's, and PyPI's where Benchmarks/setup could get it."""
    found = {"PyTorch of Debian": root / "Benchmarks/.venv/bin/python", "PyTorch of PyPI": pypi}
    return {name: python for name, python in found.items() if python.exists()}


class Line:
    """A process that answers each line with a line."""

    def __init__(self, *arguments, program=program):
        self.process = subprocess.Popen(
            [program, *map(str, arguments)], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended with status {self.process.wait()}")
        return line.strip()

    def ask(self, line=""):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
