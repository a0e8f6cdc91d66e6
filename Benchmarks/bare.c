// A bare loop of librdkafka's: takes batches from `samples`, sends each message on to `results` as it is, and commits a
// batch once all of it is acknowledged, while the next is under way. It does no work: the bound that a router has.
//
//   bare BROKERS BATCH-SIZE [FETCH-WAIT]
//
// FETCH-WAIT: for how many ms a broker holds a fetch that finds nothing; librdkafka's default is 500.
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stopped = 0;
static void stop(int signal) { (void)signal, stopped = 1; }

// Counts down the records of a batch that wait for their acknowledgement.
static void delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client, (void)opaque;
  if (message->err) exit(2);
  --*(int *)message->_private;
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
  char reason[512];
  if (rd_kafka_conf_set(conf, key, value, reason, sizeof reason)) fprintf(stderr, "%s\n", reason), exit(1);
}

typedef struct Batch {
  int waiting;
  rd_kafka_topic_partition_list_t *offsets;
} Batch;

static void finish(Batch *batch, rd_kafka_t *consumer, rd_kafka_t *producer) {
  if (!batch->offsets) return;
  while (batch->waiting > 0) rd_kafka_poll(producer, 100);
  if (rd_kafka_commit(consumer, batch->offsets, 0)) exit(3);
  rd_kafka_topic_partition_list_destroy(batch->offsets);
  batch->offsets = NULL;
}

int main(int count, char **arguments) {
  if (count < 3 || count > 4) return 64;
  const int size = atoi(arguments[2]);
  signal(SIGTERM, stop);
  // As the router's, but for a queue so long that it never fills.
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  const char *consuming[][2] = {{"bootstrap.servers", arguments[1]}, {"group.id", "router"},
    {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "earliest"},
    {"queued.min.messages", "1000000"}, {"queued.max.messages.kbytes", "65536"},
    {"fetch.wait.max.ms", count > 3 ? arguments[3] : "500"}, {"session.timeout.ms", "6000"},
    {"heartbeat.interval.ms", "500"}, {"partition.assignment.strategy", "cooperative-sticky"}};
  for (size_t i = 0; i < sizeof consuming / sizeof *consuming; ++i) set(conf, consuming[i][0], consuming[i][1]);
  rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
  rd_kafka_poll_set_consumer(consumer);
  conf = rd_kafka_conf_new();
  const char *producing[][2] = {{"bootstrap.servers", arguments[1]}, {"linger.ms", "0.5"}, {"compression.type", "lz4"},
    {"enable.idempotence", "true"}, {"acks", "all"}, {"batch.num.messages", "10000"},
    {"queue.buffering.max.messages", "100000"}, {"partitioner", "murmur2_random"}};
  for (size_t i = 0; i < sizeof producing / sizeof *producing; ++i) set(conf, producing[i][0], producing[i][1]);
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
  rd_kafka_topic_t *results = rd_kafka_topic_new(producer, "results", NULL);

  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, "samples", RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer, topics);
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
  rd_kafka_message_t **messages = malloc(sizeof *messages * (size_t)size);
  Batch batches[2] = {{0, NULL}, {0, NULL}};
  for (int current = 0; !stopped; current = !current) {
    ssize_t received = rd_kafka_consume_batch_queue(queue, 0, messages, (size_t)size);
    if (received == 0) received = rd_kafka_consume_batch_queue(queue, 100, messages, 1);
    Batch *batch = &batches[current];
    batch->waiting = (int)received;
    if (received > 0) batch->offsets = rd_kafka_topic_partition_list_new(16);
    for (ssize_t i = 0; i < received; ++i) {
      rd_kafka_message_t *message = messages[i];
      if (message->err) exit(4);
      while (rd_kafka_produce(results, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, message->payload, message->len,
                              message->key, message->key_len, &batch->waiting)) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) exit(5);
        rd_kafka_poll(producer, 10);
      }
      // Messages come in runs of one partition.
      if (i + 1 == received || messages[i + 1]->partition != message->partition) {
        rd_kafka_topic_partition_list_add(batch->offsets, "samples", message->partition)->offset = message->offset + 1;
      }
    }
    for (ssize_t i = 0; i < received; ++i) rd_kafka_message_destroy(messages[i]);
    rd_kafka_poll(producer, 0);
    finish(&batches[!current], consumer, producer);
  }
  finish(&batches[0], consumer, producer);
  finish(&batches[1], consumer, producer);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  return 0;
}
