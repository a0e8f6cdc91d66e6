"""One measured pass over a broker of its own: samples are put there, a worker takes them, its commits are watched."""

import functools
import pathlib
import signal
import subprocess
import time
import typing

import confluent_kafka

import ours
import process

# The embedded broker keeps 5 MiB of a partition at most; Pass.check proves that nothing fell out.
PARTITIONS = 16


class Mark(typing.NamedTuple):
    """How far a worker was, when, and at which CPU time, in seconds."""

    at: float
    done: int
    cpu: float


class Measured(typing.NamedTuple):
    """Samples a second, seconds of CPU a sample, and the worker's peak of resident memory in MB."""

    rate: float
    cpu: float
    peak: float


class Pass:
    """A fresh broker with `count` samples of a task."""

    def __init__(self, task, count, rows=None, preload=True, partitions=PARTITIONS):
        self.count, self.partition_count = count, partitions
        self.broker = ours.Line("broker", "--partitions", partitions)
        self.address = self.broker.read()
        self.load = ["preload", "--brokers", self.address, "--task", task, *(["--rows", rows] if rows else [])]
        if preload:
            ours.call(*self.load, "--count", count)
        # Asks for the group's commits without ever joining it.
        self.client = confluent_kafka.Consumer(
            {"bootstrap.servers": self.address, "group.id": "router", "enable.auto.commit": False})

    def partitions(self, topic):
        return [confluent_kafka.TopicPartition(topic, partition) for partition in range(self.partition_count)]

    def committed(self):
        return sum(max(0, entry.offset) for entry in self.client.committed(self.partitions("samples"), 10))

    def watermarks(self, topic):
        """The sums of the oldest offsets kept and of the ends."""
        marks = [self.client.get_watermark_offsets(partition, 10) for partition in self.partitions(topic)]
        return sum(low for low, _ in marks), sum(high for _, high in marks)

    def outcomes(self):
        """How many records the outputs have got."""
        return sum(self.watermarks(topic)[1] for topic in ["results", "hard"])

    def rate(self, command, seconds, warm_up=0.1, watch=None):
        """As `measure`, the rate alone."""
        return self.measure(command, seconds, warm_up, watch).rate

    def measure(self, command, seconds, warm_up=0.1, watch=None):
        """Starts a worker; samples committed (or what else `watch` counts) a second, from `warm_up` seconds after the
        first until it is done with all or `seconds` have passed since. Then ends it."""
        watch = watch or self.committed
        worker = subprocess.Popen(list(map(str, command)), cwd=ours.root, stdout=subprocess.DEVNULL)
        try:
            marks = []
            while True:
                time.sleep(0.01)
                if worker.poll() is not None:
                    raise RuntimeError(f"{command} ended with status {worker.returncode}")
                done, now = watch(), time.perf_counter()
                if not done:
                    continue
                first = marks[0].at if marks else now
                if not marks or done > marks[-1].done:
                    marks.append(Mark(now, done, process.cpu_seconds(worker.pid)))
                if done >= self.count or now - first > seconds:
                    break
            begin = next((mark for mark in marks if mark.at - first >= warm_up), marks[0])
            end, peak = marks[-1], process.megabytes(worker.pid, "VmHWM")
        finally:
            worker.send_signal(signal.SIGTERM)
            status = worker.wait(60)
        if status != 0:
            raise RuntimeError(f"{command} ended with status {status}")
        self.check(commits=watch == self.committed)
        count = end.done - begin.done
        return Measured(count / (end.at - begin.at), (end.cpu - begin.cpu) / count, peak)

    def check(self, commits=True):
        """Nothing fell out of the input, and each sample committed has one record among the outputs."""
        low, high = self.watermarks("samples")
        if low != 0 or high != self.count:
            raise RuntimeError(f"samples: offsets {low} to {high}, wanted 0 to {self.count}: fewer samples, or more partitions")
        made = {topic: self.watermarks(topic)[1] for topic in ["results", "hard", "rejected"]}
        if made["rejected"] or commits and sum(made.values()) != self.committed():
            raise RuntimeError(f"{self.committed()} samples committed, but the outputs are {made}")

    def close(self):
        self.client.close()
        self.broker.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def router(broker, model, *options):
    return [ours.program, "route", "--brokers", broker, "--model", model, *options]


def newest_librdkafka():
    """The library that PyPI's confluent-kafka brings."""
    return next(pathlib.Path(confluent_kafka.__file__).parents[1].glob("confluent_kafka.libs/librdkafka-*"))


@functools.cache
def bare_loop():
    """The path of the bare loop's program, compiled once a run."""
    loop = ours.root / ".build/bare-loop"
    subprocess.run(["gcc", "-O2", "-o", loop, ours.root / "Benchmarks/bare.c", "-lrdkafka"], check=True)
    return loop


def bare(broker, *options):
    """A loop that consumes and produces, and does no work."""
    return [bare_loop(), broker, "2000", *options]
