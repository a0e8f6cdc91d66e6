import ArgumentParser
import Content
import Datasets
import Foundation
import Kafka
import Messages
import Streams

/// `shunt-benchmark preload`
struct PreloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preload",
    abstract: "Puts samples into the topic 'samples', as many as asked for, over and over the same.")

  @Option(name: .long, help: "The brokers.")
  var brokers: String

  @Option(name: .long, help: "The task's name; debian-sections takes its texts from apt-cache, others from --rows.")
  var task: String

  @Option(name: .long, help: "Rows with a text or a picture each.")
  var rows: String?

  @Option(name: .long, help: "How many samples.")
  var count: Int

  @Option(name: .long, help: "Samples a second; 0 for as many as it can.")
  var rate: Double = 0

  func run() async throws {
    let inputs = try (rows.map { try DataFile(URL(fileURLWithPath: $0)).filledRows() } ?? DebianSections.rows())
      .map(\.input)
    var options = ProducerOptions()
    options.linger = rate > 0 ? .zero : .milliseconds(5)
    let producer = try Producer(settings: KafkaSettings(brokers: brokers), options: options)
    let clock = ContinuousClock()
    let start = clock.now
    // Paced: what five milliseconds bring at once, as a producer of librdkafka's lingers; no batch waits for another.
    let step = rate > 0 ? max(1, Int(rate / 200)) : 10_000
    try await withThrowingTaskGroup(of: Void.self) { group in
      for first in stride(from: 0, to: count, by: step) {
        if rate > 0 {
          try await clock.sleep(until: start + .seconds(Double(first) / rate), tolerance: .zero)
        } else {
          try await group.next()
        }
        let batch = batch(first..<min(first + step, count), inputs)
        group.addTask { try await producer.publish(batch) }
      }
      try await group.waitForAll()
    }
    try await producer.close()
  }

  private func batch(_ numbers: Range<Int>, _ inputs: [Input]) -> OutgoingBatch {
    var batch = OutgoingBatch()
    for number in numbers {
      let sample = Sample(
        id: "sample-\(number)", task: task, input: inputs[number % inputs.count],
        producedAt: Timestamp(milliseconds: Timestamp.now.milliseconds))
      batch.append(sample, to: Topics().samples)
    }
    return batch
  }
}
