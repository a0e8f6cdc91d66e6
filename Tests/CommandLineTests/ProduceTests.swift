import Content
import Foundation
import Images
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
      return "\(sample.id)/\(try said(sample.input))/\(sample.truth?.label ?? "-")"
    }
  }

  /// The text, or what kind of image there is; a picture must be one, and an address a file's.
  private func said(_ input: Input) throws -> String {
    switch input.image {
    case .data(let bytes, let mediaType):
      _ = try ImageDecoder().decode(bytes)
      return mediaType ?? "unknown"
    case .url(let url, _, _):
      let address = try #require(URL(string: url))
      return address.isFileURL && address.path.hasSuffix("/cats/a b.png") ? "url" : url
    case nil: return input.text ?? "-"
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

  /// A picture of one colour.
  private func png(_ shade: UInt8) throws -> Data {
    try Data(Picture(width: 8, height: 8, pixels: [UInt8](repeating: shade, count: 192)).png())
  }

  @Test func aFolderOfPicturesGoesWithItsFoldersAsLabels() async throws {
    let samples = try await produced(7) { program in
      let folder = program.folder.appending(path: "photos")
      for name in ["cats", "dogs/young"] {
        let url = folder.appending(path: name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try png(7).write(to: url.appending(path: "a b.png"))
      }
      try Data("no picture".utf8).write(to: folder.appending(path: "notes.txt"))
      try Data("hidden".utf8).write(to: folder.appending(path: ".hidden"))
      try png(9).write(to: folder.appending(path: "top.gif"))
      let arguments = ["produce", folder.path, "--task", "t"]
      let outcome = try await program.run(arguments + ["--labels-from-folders", "--bad-rows", "1"])
      #expect(outcome.code == 0, "\(outcome)")
      #expect(outcome.errors.contains("notes.txt is no picture that can be used: unknown format"), "\(outcome)")
      #expect(outcome.errors.contains("1 of 4 files are no pictures and were left out"), "\(outcome)")
      let address = try await program.run(
        ["produce", folder.appending(path: "cats").path, "--task", "t", "--by-reference", "--run", "r"])
      #expect(address.code == 0, "\(address)")
      let strict = try await program.run(arguments + ["--run", "s", "--bad-rows", "0"])
      #expect(strict.code == 1 && strict.errors.contains("allowed are 0 (--bad-rows)"), "\(strict)")
    }
    #expect(
      samples == [
        "cats/a b.png/image/png/cats", "dogs/young/a b.png/image/png/dogs", "top.gif/image/png/-", "r-1/url/-",
        "s-1/image/png/-", "s-2/image/png/-", "s-4/image/png/-",
      ])
  }

  @Test func cifarsBinaryFileGoesWithItsLabels() async throws {
    let samples = try await produced(3) { program in
      let record = { (coarse: UInt8, fine: UInt8) in [coarse, fine] + [UInt8](repeating: fine, count: 3072) }
      try Data(record(1, 5) + record(19, 99)).write(to: program.folder.appending(path: "test.bin"))
      let unnamed = try await program.run(["produce", "test.bin", "--task", "t"])
      #expect(unnamed.code == 0, "\(unnamed)")
      let names = (0..<100).map { "label \($0)" }.joined(separator: "\n")
      try Data(names.utf8).write(to: program.folder.appending(path: "fine_label_names.txt"))
      try Data(record(1, 5)).write(to: program.folder.appending(path: "train.bin"))
      let named = try await program.run(["produce", "train.bin", "--task", "t"])
      #expect(named.code == 0, "\(named)")
      try Data(record(1, 5).dropLast()).write(to: program.folder.appending(path: "cut.bin"))
      let cut = try await program.run(["produce", "cut.bin", "--task", "t"])
      #expect(cut.code == 1 && cut.errors.contains("must be a multiple of 3074 bytes"), "\(cut)")
    }
    #expect(samples == ["test-1/image/png/5", "test-2/image/png/99", "train-1/image/png/label 5"])
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
