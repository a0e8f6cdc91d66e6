import Foundation
import Kafka
import Messages
import Router
import ServiceLifecycle
import Testing
import TestSupport

@Suite(.ownTopics) struct WayOfASampleTests {
  @Test func everySampleEndsInOneRowWithTheRightAnswer() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with { rig in
      let services: [any Service] = [try rig.recorder(), try rig.largeModelWorker(), rig.router(table)]
      try await rig.running(services) {
        try await rig.push(0..<3000)
        try await eventually("3000 rows") { try await rig.count("results") == 3000 }
      }
      #expect(try await rig.count("results WHERE label = true_label") == 3000)
      #expect(try await rig.count("results WHERE answered_by = 'large'") == 1000)
      #expect(try await rig.count("results WHERE answered_by = 'large' AND text IS NOT NULL") == 1000)
      #expect(try await rig.count("results WHERE answered_by = 'specific' AND threshold = 0.9::real") == 2000)
      #expect(try await rig.count("rejections") == 0)
      let summary = try #require(try await rig.connection.summaries().first)
      #expect(summary.answers == 3000 && summary.accuracy == 1)
      #expect(abs(summary.queryShare - 1.0 / 3) < 1e-9)
    }
  }

  @Test func unreadableMessagesAreRejectedWithTheirReasonAndTheStreamGoesOn() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    let large = String(repeating: "x", count: 5 << 20)
    let bad: [(value: [UInt8]?, reason: String)] = [
      (Array("not JSON".utf8), "JSON"), (Array("[1]".utf8), "must be an object"),
      (Array(#"{"id":"b1","task":"toy"}"#.utf8), "\"text\" is missing"),
      (Array(#"{"id":"b2","task":"other","text":"x"}"#.utf8), "\"other\""),
      (Array(#"{"id":"b3","task":"toy","text":""}"#.utf8), "\"text\" is empty"),
      (Array(#"{"id":4,"task":"toy","text":"x"}"#.utf8), "\"id\" is a number"),
      (Array(#"{"id":"b5\ud83d","task":"toy","text":"x"}"#.utf8), "lone surrogate"),
      (nil, "tombstone"), (Array(#"{"id":"b7","task":"toy","text":"\#(large)"}"#.utf8), "maximum_text_bytes"),
    ]
    try await Rig.with(partitions: 1) { rig in
      var batch = OutgoingBatch()
      for (index, message) in bad.enumerated() {
        batch.append(to: rig.topics.samples.name, key: "bad\(index)".utf8, value: message.value)
      }
      let messages = batch
      try await rig.running([try rig.recorder(), try rig.largeModelWorker(), rig.router(table)]) {
        try await rig.push(messages)
        try await eventually("the rejections") { try await rig.count("rejections") == bad.count }
        try await rig.push(0..<30)
        try await eventually("the samples behind them") { try await rig.count("results") == 30 }
      }
      let rows = try await rig.store.openRejections()
      #expect(rows.count == bad.count)
      for message in bad {
        #expect(rows.contains { $0.row.reason.contains(message.reason) }, "\(message.reason)")
      }
      let cut = try #require(rows.first { $0.row.reason.contains("maximum_text_bytes") })
      #expect(cut.row.isTruncated && cut.row.originalSize > 5 << 20)
      #expect(rows.contains { $0.row.payload == Array("not JSON".utf8) })
      let named = Set(rows.compactMap(\.row.id))
      #expect(named.isSuperset(of: ["b1", "b2", "b3", "4", "b5\u{FFFD}", "b7"]))
    }
  }

  @Test func aTextWithWhatIsNoCharacterIsAnsweredAndMarked() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with(partitions: 1) { rig in
      var batch = OutgoingBatch()
      batch.append(
        to: rig.topics.samples.name, key: "m1",
        value: #"{"id":"m1","task":"toy","text":"a ripe apple \ud83d","n":1e999}"#)
      let bytes = Array(#"{"id":"m2","task":"toy","text":"a ripe apple "#.utf8) + [0xFF] + Array(#""}"#.utf8)
      batch.append(to: rig.topics.samples.name, key: "m2".utf8, value: Optional(bytes))
      let messages = batch
      try await rig.running([try rig.recorder(), rig.router(table, RouterSettings(taughtShare: 1))]) {
        try await rig.push(messages)
        try await eventually("both rows") { try await rig.count("results WHERE has_replaced_nulls") == 2 }
      }
      #expect(try await rig.count("results WHERE text = 'a ripe apple \u{FFFD}'") == 2)
    }
  }

  @Test func aSampleIsAnsweredOnceHoweverOftenItIsPushed() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with { rig in
      try await rig.running([try rig.recorder(), try rig.largeModelWorker(), rig.router(table)]) {
        for _ in 0..<3 { try await rig.push(0..<100) }
        try await rig.push(100..<101)
        try await eventually("101 rows") { try await rig.count("results") == 101 }
      }
      #expect(try await rig.count("results") == 101)
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kcat"), "kcat is not installed"))
  func kcatProducesASampleAndReadsItsResult() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with(partitions: 1) { rig in
      try await rig.running([try rig.recorder(), rig.router(table)]) {
        let sample = #"{"id":"k1","task":"toy","text":"a ripe apple"}"#
        _ = try await kcat(
          ["-P", "-b", rig.cluster.settings.brokers, "-t", rig.topics.samples.name, "-k", "k1"], sample)
        try await eventually("the row") { try await rig.count("results WHERE id = 'k1'") == 1 }
        let result = try await kcat(
          ["-C", "-b", rig.cluster.settings.brokers, "-t", rig.topics.results.name, "-c", "1", "-e", "-q"], "")
        #expect(result.contains(#""id":"k1""#) && result.contains(#""label":"apple""#))
      }
    }
  }

  private func kcat(_ arguments: [String], _ input: String) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/kcat")
    process.arguments = arguments
    let (standardInput, output) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = output
    try process.run()
    standardInput.fileHandleForWriting.write(Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text
  }
}
