import Datasets
import Foundation
import Testing

@testable import Experiments

/// Which rows an experiment uses for what: no row twice, the same seed the same split.
@Suite struct ExperimentDataTests {
  private static func line(_ number: Int, _ label: String) -> String {
    #"{"id":"r\#(number)","text":"text \#(number)","label":"\#(label)","recorded_llm_answer":"a"}"#
  }

  /// Writes files of rows, `count` each, numbered on from file to file, and reads an experiment from them.
  private func read(
    _ experiment: Experiment, _ files: [(name: String, count: Int)], seed: UInt64 = 0, other: [String: String] = [:]
  ) throws -> ExperimentData {
    let folder = URL.temporaryDirectory.appending(path: UUID().uuidString)
    let own = folder.appending(path: experiment.rawValue)
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    var number = 0
    for (name, count) in files {
      let lines = (number..<number + count).map { Self.line($0, $0 % 2 == 0 ? "a" : "b") }
      try Data(lines.joined(separator: "\n").utf8).write(to: own.appending(path: "\(name).jsonl"))
      number += count
    }
    for (name, text) in other { try Data(text.utf8).write(to: own.appending(path: name)) }
    return try ExperimentData(experiment, folder: folder, seed: seed)
  }

  private func ids(_ rows: [DataRow]) -> Set<String> { Set(rows.map(\.id)) }

  private static let intents = [
    ("train", 10), ("validation", 20), ("test", 30), ("stream", 40), ("out-of-scope", 5),
  ]
  private static let classes = #"[{"label":"a","region":"head"},{"label":"b","region":"tail"}]"#

  @Test func eachFileOfClincHasItsUse() throws {
    let data = try read(.clinc150, Self.intents, other: ["classes.json": Self.classes])
    #expect(data.training.map(\.id) == (0..<10).map { "r\($0)" })
    #expect([data.heldOut, data.test, data.stream, data.outOfScope].map(\.count) == [20, 30, 40, 5])
    #expect(data.regions == ["a": "head", "b": "tail"])
    #expect(data.labels == ["a", "b"] && data.recording == nil && data.head.isEmpty)
  }

  @Test(arguments: ["{}", "[{\"label\":\"a\"}]", "no JSON"])
  func regionsThatAreNoneAreRefusedWithTheirFile(text: String) throws {
    let error = #expect(throws: DatasetError.self) {
      try read(.clinc150, Self.intents, other: ["classes.json": text])
    }
    #expect(error.map { "\($0)" }?.contains("classes.json is not a JSON list of labels") == true)
  }

  @Test func eachFileOfTheLongTailedPicturesHasItsUse() throws {
    let files = [("train", 100), ("validation", 20), ("test", 30), ("support", 12), ("stream", 2000)]
    let data = try read(.cifar100, files, other: ["classes.json": Self.classes])
    #expect([data.training, data.heldOut, data.test, data.head, data.stream].map(\.count) == files.map(\.1))
    #expect(data.regions == ["a": "head", "b": "tail"])
    let quick = data.quick
    #expect([quick.training, quick.heldOut, quick.test, quick.head].map(\.count) == [40, 10, 10, 10])
    #expect(quick.stream.map(\.id) == data.stream.prefix(1000).map(\.id) && quick.regions == data.regions)
  }

  @Test func bankingHoldsTestRowsOutForItsThreshold() throws {
    let data = try read(.banking77, [("train", 100), ("test", 1500)])
    #expect(data.heldOut.count == 1000 && data.test.count == 500 && data.training.count == 40)
    #expect(ids(data.heldOut).isDisjoint(with: ids(data.test)))
    #expect(ids(data.training).isDisjoint(with: ids(data.heldOut + data.test)))
    #expect(ids(data.recording ?? []) == ids(data.heldOut + data.test))
    #expect(Dictionary(grouping: data.training, by: \.label).values.map(\.count) == [20, 20])
  }

  @Test func filmReviewsHaveAnswersToAllButTheirTrainingRows() throws {
    let data = try read(.imdb, [("train", 30), ("validation", 20), ("test", 40), ("stream", 50)])
    #expect([data.training, data.heldOut, data.test, data.stream].map(\.count) == [30, 20, 40, 50])
    #expect(ids(data.recording ?? []) == ids(data.heldOut + data.test + data.stream))
  }

  @Test func photographsHaveRowsForTwoCaptioners() throws {
    let data = try read(
      .flickr8k, [("train", 30), ("large-train", 50), ("validation", 20), ("test", 40), ("stream", 60)])
    #expect([data.training, data.head, data.heldOut, data.test, data.stream].map(\.count) == [30, 50, 20, 40, 60])
    #expect(Experiment.flickr8k.repliesWithCaptions)
    #expect(Experiment.allCases.count { $0.repliesWithCaptions } == 1)
  }

  @Test func reviewsPartTheirTrainingRows() throws {
    let data = try read(.reviews16, [("train", 3000), ("test", 50)])
    #expect(data.heldOut.count == 2400 && data.training.count == 600 && data.test.count == 50)
    #expect(ids(data.heldOut).isDisjoint(with: ids(data.training)))
    #expect(ids(data.head) == ids(data.training))
  }

  private static let packages = (0..<36_000).map {
    DataRow(id: "p\($0)", text: "text \($0)", label: $0 % 3 == 0 ? "a" : "b")
  }

  @Test func sectionsArePartedWithoutARowInTwoUses() throws {
    let data = try ExperimentData(debianSections: Self.packages, seed: 1)
    let uses = [data.training, data.heldOut, data.head, data.stream]
    #expect(uses.map(\.count) == [2000, 3000, 24_000, 7000])
    #expect(Set(uses.flatMap { $0.map(\.id) }).count == 36_000)
    // What is scored offline is the stream's beginning.
    #expect(data.test.map(\.id) == data.stream.prefix(6000).map(\.id))
  }

  @Test func theSeedDecidesTheSplit() throws {
    let splits = try [1, 1, 2].map { try ExperimentData(debianSections: Self.packages, seed: $0).training.map(\.id) }
    #expect(splits[0] == splits[1] && splits[0] != splits[2])
    let banking = try [1, 1, 2].map { try read(.banking77, [("train", 100), ("test", 1500)], seed: $0).test.map(\.id) }
    #expect(banking[0] == banking[1] && banking[0] != banking[2])
  }

  @Test func tooFewPackagesAreRefusedWithTheRemedy() {
    let error = #expect(throws: DatasetError.self) {
      try ExperimentData(debianSections: Array(Self.packages.prefix(34_999)), seed: 0)
    }
    #expect(error.map { "\($0)" }?.contains("run 'apt-get update' as root") == true)
  }
}
