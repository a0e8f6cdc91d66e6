"""A router as one would write it today: confluent-kafka, orjson, a network in ONNX Runtime, batches."""

import signal
import sys
import time

import confluent_kafka
import numpy
import orjson


def run(brokers, card, infer, batch):
    """Routes until SIGTERM, `batch` samples at a time. infer: [samples][labels] logits of decoded samples."""
    worker = Worker(brokers, card, infer, batch)
    signal.signal(signal.SIGTERM, worker.stop)
    worker.run()


class Worker:
    def __init__(self, brokers, card, infer, batch):
        self.card, self.infer, self.batch, self.failed, self.running = card, infer, batch, [], True
        self.consumer = confluent_kafka.Consumer({
            "bootstrap.servers": brokers, "group.id": "router", "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 500,
            "queued.min.messages": 1000000, "partition.assignment.strategy": "cooperative-sticky"})
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": brokers, "linger.ms": 0, "compression.type": "lz4", "enable.idempotence": True,
            "batch.num.messages": 10000, "partitioner": "murmur2_random"})

    def stop(self, *_):
        self.running = False

    def run(self):
        self.consumer.subscribe(["samples"])
        while self.running:
            messages = [message for message in self.consumer.consume(self.batch, 0.1) if not message.error()]
            if not messages:
                continue
            self.route(messages)
            self.producer.flush()
            if self.failed:
                sys.exit(f"not delivered: {self.failed[0]}")
            offsets = {message.partition(): message.offset() + 1 for message in messages}
            self.consumer.commit(
                offsets=[confluent_kafka.TopicPartition("samples", *entry) for entry in offsets.items()],
                asynchronous=False)
        self.consumer.close()

    def delivered(self, error, message):
        if error:
            self.failed.append(error)

    def produce(self, topic, body, key):
        while True:
            try:
                self.producer.produce(topic, orjson.dumps(body), key, on_delivery=self.delivered)
                break
            except BufferError:
                self.producer.poll(0.01)
        self.producer.poll(0)

    def probabilities(self, samples):
        logits = self.infer(samples) / self.card["temperature"]
        probabilities = numpy.exp(logits - logits.max(1, keepdims=True))
        return probabilities / probabilities.sum(1, keepdims=True)

    def route(self, messages):
        samples = []
        for message in messages:
            try:
                samples.append(orjson.loads(message.value()))
            except orjson.JSONDecodeError as error:
                self.produce("rejected", {"reason": str(error)}, message.key())
        probabilities = self.probabilities(samples)
        tops = numpy.argsort(-probabilities, 1)[:, :20]
        values = numpy.take_along_axis(probabilities, tops, 1)
        now = int(time.time() * 1000)
        for sample, top, value in zip(samples, tops.tolist(), values.tolist()):
            topic, body = self.outcome(sample, top, value, now)
            self.produce(topic, body, sample["id"])

    def outcome(self, sample, top, value, now):
        labels, version, delta = self.card["labels"], self.card["version"], self.card["thresholds"]["shunt"]
        distribution = {
            "top": {labels[index]: round(p, 6) for index, p in zip(top, value)}, "rest": round(1 - sum(value), 6)}
        if value[0] >= delta:
            return "results", {
                "id": sample["id"], "task": sample["task"], "label": labels[top[0]], "confidence": value[0],
                "answered_by": "specific", "model_version": version, "threshold": delta,
                "probabilities": distribution, "produced_at": sample.get("produced_at"), "routed_at": now,
                "answered_at": now}
        prediction = {"model": "specific", "version": version, "threshold": delta, "probabilities": distribution}
        return "hard", {"sample": sample, "predictions": [prediction], "routed_at": now}
