import Classification
import Content
import Foundation
import JSON
import Kafka
import Logging
import Messages
import Postgres
@testable import Recorder
import ResultStore
import Streams
import TestSupport
import Testing
import WorkerRuntime

/// Labels by people, from the topic to the row of the answer.
@Suite struct LabelStreamTests {
  private static func easy(_ id: String) -> Answer {
    Answer(
      sample: Sample(id: id, task: ToyTask.name, text: "a"), reply: .label("apple"), confidence: 0.95,
      answeredBy: .specific, modelVersion: "v", threshold: 0.9,
      distribution: LabelDistribution(top: [.init(label: "apple", probability: 0.95)], rest: 0.05), routedAt: .now,
      answeredAt: .now,
      keepsInput: true)
  }

  @Test func aLabelReachesItsAnswerWhicheverComesFirst() async throws {
    try await Rig.with { rig in
      var batch = OutgoingBatch()
      batch.append(Self.easy("first"), to: rig.topics.results)
      for (id, label) in [("first", "apple"), ("late", "pear")] {
        batch.append(GoldLabel(id: id, task: ToyTask.name, truth: .label(label)), to: rig.topics.labels)
      }
      // The same again, and a word from before it, which is too late.
      let old = GoldLabel(
        id: "first", task: ToyTask.name, truth: .label("pear"), labelledAt: Timestamp(milliseconds: 1_600_000_000_000))
      batch.append(old, to: rig.topics.labels)
      batch.append(old, to: rig.topics.labels)
      for wrong in [#"{"id":"x"}"#, "no JSON", #"{"id":"x","task":"toy","label":"plum"}"#] {
        batch.append(to: rig.topics.labels.name, key: "x".utf8, value: Array(wrong.utf8))
      }
      try await rig.push(batch)
      let recorder = Recorder(
        settings: RecorderSettings(), kafka: rig.cluster.settings, topics: rig.topics,
        store: ResultStore(try Connection(rig.database)),
        replies: TaskReplies([ToyTask.name: .labels(Set(ToyTask.labels))]), health: Health(),
        logger: Logger(label: "recorder"))
      try await rig.running([recorder]) {
        try await eventually("labels and rejections") {
          let (labels, rejections) = (try await rig.count("labels"), try await rig.count("rejections"))
          return labels == 3 && rejections == 3
        }
        var late = OutgoingBatch()
        late.append(Self.easy("late"), to: rig.topics.results)
        try await rig.push(late)
        try await eventually("both answers") { try await rig.count("results WHERE true_label IS NOT NULL") == 2 }
      }
      #expect(try await rig.count("results WHERE label = true_label AND id = 'first'") == 1)
      #expect(try await rig.count("results WHERE label <> true_label AND id = 'late'") == 1)
      let reasons = try await rig.connection.query("SELECT reason FROM rejections ORDER BY reason")
        .map { try $0["reason"] as String }
      #expect(reasons.contains { $0.contains("\"plum\", none of the 2 labels of task \"toy\"") }, "\(reasons)")
      #expect(reasons.contains { $0.contains("field \"task\" is missing") }, "\(reasons)")
    }
  }

  @Test(arguments: [
    ("toy", Truth.label("apple"), nil), ("toy", .label("plum"), "none of the 2 labels"),
    ("toy", .captions(["a"]), "answers with labels"), ("photos", .captions(["a"]), nil),
    ("photos", .label("a"), "answers with captions"), ("unknown", .label("anything"), nil),
    ("unknown", .captions(["a"]), nil),
  ])
  func labelsAreHeldToWhatIsKnownOfTheTask(task: String, truth: Truth, reason: String?) throws {
    let replies = TaskReplies(["toy": .labels(["apple", "pear"]), "photos": .captions])
    let label = GoldLabel(id: "1", task: task, truth: truth)
    guard let reason else { return try replies.check(label) }
    let error = #expect(throws: JSONError.self) { try replies.check(label) }
    #expect(error?.description.contains(reason) == true)
  }
}
