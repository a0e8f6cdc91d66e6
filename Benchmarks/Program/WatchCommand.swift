import ArgumentParser
import Foundation
import Kafka
import Messages

/// `shunt-benchmark watch`
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Prints how much later a sample's outcome can be read than the sample itself: percentiles in ms.",
    discussion: "One clock, two consumers: what lies between is the router's doing, and a broker's way to it and back.")

  @Option(name: .long, help: "The brokers.")
  var brokers: String

  @Option(name: .long, help: "How many samples 'preload' will bring.")
  var count: Int

  @Option(name: .long, help: "Samples at the beginning that are left out, while everything warms up.")
  var skip: Int

  func run() async throws {
    let topics = Topics()
    async let samples = arrivals(in: [topics.samples.name], group: "watch-samples")
    async let outcomes = arrivals(
      in: [topics.results.name, topics.hard.name, topics.rejected.name], group: "watch-outcomes")
    let (read, left) = try await (samples, outcomes)
    let added = (skip..<count).map { max(.zero, left[$0] - read[$0]) / .milliseconds(1) }.sorted()
    func percentile(_ share: Double) -> Double { added[min(added.count - 1, Int(Double(added.count) * share))] }
    say("\(percentile(0.5)) \(percentile(0.99)) \(percentile(0.999)) \(added[added.count - 1])")
  }

  /// When each sample's record came, by the number in its id.
  private func arrivals(in topics: [String], group: String) async throws -> [ContinuousClock.Instant] {
    var options = ConsumerOptions()
    options.sessionTimeout = .seconds(6)
    let consumer = try Consumer(
      settings: KafkaSettings(brokers: brokers, properties: ["fetch.wait.max.ms": "1"]), group: group, topics: topics,
      options: options)
    let clock = ContinuousClock()
    var arrivals = [ContinuousClock.Instant?](repeating: nil, count: count)
    var missing = count
    say("ready")
    while missing > 0 {
      let batch = try await consumer.nextBatch(maximum: 10_000, wait: .seconds(1))
      let now = clock.now
      batch.forEach { _, message in
        guard let key = message.key, let number = Int(String(decoding: key.dropFirst("sample-".count), as: UTF8.self)),
          arrivals[number] == nil
        else { return }
        arrivals[number] = now
        missing -= 1
      }
    }
    try await consumer.close()
    return arrivals.compactMap(\.self)
  }
}
