"""A router as one would write it today: confluent-kafka, orjson, tokenizers, the same TextCNN in ONNX Runtime.

worker.py BROKERS MODEL THREADS
"""

import signal
import sys
import tempfile
import time

import confluent_kafka
import numpy
import orjson
import tokenizers

import textcnn

BATCH, SLICE = 2000, 64
brokers, path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
network = textcnn.TextCNN(path).eval()
session = textcnn.onnx_session(network, tempfile.mkdtemp() + "/model.onnx", threads)
card = network.card
labels, delta, temperature = card["labels"], card["thresholds"]["shunt"], card["temperature"]
vocabulary = {token: index for index, token in enumerate(network.vocabulary)}
tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
tokenizer.enable_truncation(card["training"]["maximumTokens"])

consumer = confluent_kafka.Consumer({
    "bootstrap.servers": brokers, "group.id": "router", "enable.auto.commit": False, "auto.offset.reset": "earliest",
    "session.timeout.ms": 6000, "heartbeat.interval.ms": 500, "queued.min.messages": 1000000,
    "partition.assignment.strategy": "cooperative-sticky"})
producer = confluent_kafka.Producer({
    "bootstrap.servers": brokers, "linger.ms": 0, "compression.type": "lz4", "enable.idempotence": True,
    "batch.num.messages": 10000, "partitioner": "murmur2_random"})
failed = []


def delivered(error, message):
    if error:
        failed.append(error)


def infer(texts):
    """[texts][labels] probabilities; the texts sorted by length, so that little is padded."""
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
    logits = numpy.empty((len(texts), len(labels)), numpy.float32)
    for at in range(0, len(order), SLICE):
        part = order[at : at + SLICE]
        ids, lengths = textcnn.batch([tokens[index] for index in part], network.padding)
        logits[part] = session.run(None, {"tokens": ids, "lengths": lengths})[0]
    logits /= temperature
    probabilities = numpy.exp(logits - logits.max(1, keepdims=True))
    return probabilities / probabilities.sum(1, keepdims=True)


def route(messages):
    samples = []
    for message in messages:
        try:
            samples.append(orjson.loads(message.value()))
        except orjson.JSONDecodeError as error:
            producer.produce("rejected", orjson.dumps({"reason": str(error)}), message.key(), on_delivery=delivered)
    probabilities = infer([sample["text"] for sample in samples])
    tops = numpy.argsort(-probabilities, 1)[:, :20]
    values = numpy.take_along_axis(probabilities, tops, 1)
    now = int(time.time() * 1000)
    for sample, top, value in zip(samples, tops.tolist(), values.tolist()):
        distribution = {"top": {labels[index]: round(p, 6) for index, p in zip(top, value)}, "rest": round(1 - sum(value), 6)}
        model = {"model": "specific", "version": card["version"], "threshold": delta, "probabilities": distribution}
        if value[0] >= delta:
            topic = "results"
            body = {
                "id": sample["id"], "task": sample["task"], "label": labels[top[0]], "confidence": value[0],
                "answered_by": "specific", "model_version": card["version"], "threshold": delta,
                "probabilities": distribution, "produced_at": sample.get("produced_at"), "routed_at": now,
                "answered_at": now}
        else:
            topic, body = "hard", {"sample": sample, "predictions": [model], "routed_at": now}
        while True:
            try:
                producer.produce(topic, orjson.dumps(body), sample["id"], on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.01)
        producer.poll(0)


running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer.subscribe(["samples"])
while running:
    messages = [message for message in consumer.consume(BATCH, 0.1) if not message.error()]
    if not messages:
        continue
    route(messages)
    producer.flush()
    if failed:
        sys.exit(f"not delivered: {failed[0]}")
    offsets = {message.partition(): message.offset() + 1 for message in messages}
    consumer.commit(
        offsets=[confluent_kafka.TopicPartition("samples", partition, offset) for partition, offset in offsets.items()],
        asynchronous=False)
consumer.close()
