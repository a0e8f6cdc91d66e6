import Foundation
import JSON
import Kafka
import Messages
import TestSupport
import Testing

/// `shunt produce` and `shunt broker` against librdkafka's own broker.
@Suite(.enabled(if: KafkaCluster.external == nil, "topics have fixed names, so it brings its own broker"))
struct ProduceTests {
  /// What stands in the topic after some runs: `id/text/label`.
  private func produced(
    _ count: Int, _ runs: (inout Program) async throws -> Void
  ) async throws -> [String] {
    let broker = try EmbeddedBroker(topics: [Topics().samples.name: 1])
    var records: [KafkaRecord] = []
    try await withProgram { program in
      program.environment["SHUNT_KAFKA_BROKERS"] = broker.bootstrapServers
      try await runs(&program)
    }
    let consumer = try Consumer(settings: broker.settings, group: "test", topics: [Topics().samples.name])
    records = try await consumer.collect(count)
    try await consumer.close()
    let decoder = try MessageDecoder()
    return try records.map { record in
      let sample = try (record.value ?? []).withUnsafeBytes { bytes in
        try decoder.decode(bytes, as: Sample.self)
      }
      return "\(sample.id)/\(sample.input.text ?? "-")/\(sample.truth?.label ?? "-")"
    }
  }

  @Test func twoFilesWithoutIDsAreFourSamples() async throws {
    let samples = try await produced(4) { program in
      for (name, text) in [
        ("a.csv", "text,label\nhello one,billing\nhello two,returns\n"),
        ("b.CSV", "text;label\nother three;shipping\nother four;technical\n"),
      ] {
        let outcome = try await program.run(["produce", program.write(name, text), "--task", "t"])
        #expect(outcome.code == 0, "\(outcome)")
      }
    }
    #expect(Set(samples.compactMap { $0.split(separator: "/").first }).count == 4)
    #expect(
      samples.map { $0.split(separator: "/").dropFirst().joined(separator: "/") } == [
        "hello one/billing", "hello two/returns", "other three/shipping", "other four/technical",
      ])
  }

  @Test func standardInputAndRunNames() async throws {
    let samples = try await produced(3) { program in
      let csv = try await program.run(["produce", "-", "--task", "t", "--run", "monday"], input: "text\na\na\n")
      #expect(csv.code == 0, "\(csv)")
      let json = try await program.run(["produce", "-", "--task", "t"], input: "{\"id\":7,\"text\":\"b\"}\n")
      #expect(json.code == 0, "\(json)")
    }
    #expect(samples == ["monday-1/a/-", "monday-2/a/-", "7/b/-"])
  }

  @Test func badRowsAreToldAndTheOthersGo() async throws {
    let samples = try await produced(2) { program in
      let file = try program.write(
        "unbalanced.csv", "id,text,label\n1,\"a 5\"\" drive,billing\n2,bye,returns\n3,third,technical\n")
      let outcome = try await program.run(["produce", file, "--task", "t"])
      #expect(outcome.code == 0)
      #expect(outcome.errors.contains("row 1, line 2: its quote never closes"), "\(outcome)")
      // Of a file that is refused nothing is pushed.
      let refused = try await program.run(["produce", file, "--task", "t", "--bad-rows", "0"])
      #expect(refused.code == 1)
      #expect(refused.errors.contains("allowed are 0 (--bad-rows): 1 of 3 rows refused"), "\(refused)")
    }
    #expect(samples == ["2/bye/returns", "3/third/technical"])
  }

  @Test func anIDThatIsTakenIsToldBeforeAnythingIsPushed() async throws {
    let samples = try await produced(1) { program in
      let file = try program.write("rows.csv", "id,text\n7,a\n7,b\n")
      let outcome = try await program.run(["produce", file, "--task", "t"])
      #expect(
        outcome.errors.contains("row 2, line 3: its id \"7\" is row 1's, which says something else"), "\(outcome)")
    }
    #expect(samples == ["7/a/-"])
  }

  @Test func aSampleThatIsTooLargeIsNamedAndTheOthersGo() async throws {
    let samples = try await produced(2) { program in
      program.environment["SHUNT_KAFKA_PROPERTIES_MESSAGE_MAX_BYTES"] = "10000"
      let file = try program.write("rows.csv", "id,text\n1,a\n2,\(String(repeating: "b", count: 20_000))\n3,c\n")
      let outcome = try await program.run(["produce", file, "--task", "t"])
      #expect(outcome.code == 1)
      #expect(outcome.errors.contains("1 samples are larger than the broker takes (max.message.bytes)"), "\(outcome)")
    }
    #expect(samples == ["1/a/-", "3/c/-"])
  }

  /// Its address is read while it runs, whoever reads it; an interrupt ends it.
  @Test func theBrokersAddressIsWrittenAtOnce() async throws {
    try await withProgram { program in
      let (process, output, _) = try program.process(["broker"])
      try process.run()
      try await eventually("an address") { try !Data(contentsOf: output).isEmpty }
      process.interrupt()
      process.waitUntilExit()
      #expect(String(decoding: try Data(contentsOf: output), as: UTF8.self).hasPrefix("127.0.0.1:"))
      // Before its services run the signal itself ends it.
      #expect([0, SIGINT].contains(process.terminationStatus))
    }
  }
}
