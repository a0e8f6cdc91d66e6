import Classification
import Content
import Foundation
import JSON
import Kafka
import LargeModel
import LargeModelFlow
import LargeModelStore
import Messages
import Postgres
import Synchronization
import Tasks
import Testing

@testable import LargeModelWorker

/// A model that says what it is told to.
private struct ScriptedModel: LargeModel {
  let version = "scripted"
  let say: @Sendable (LargeModelRequest) throws -> Result<LargeModelAnswer, LargeModelError>

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try requests.map(say)
  }
}

@Suite("What the world does to a task without a server")
struct DeskTests {
  private static let answer = LargeModelAnswer(
    label: 0, probabilities: [1, 0], promptTokens: 0, completionTokens: 0, cost: 0)
  private static let retry = RetryPolicy()

  private static func items(_ texts: String...) -> [HardItem] {
    let small = Prediction(
      model: .specific, version: "small-1", threshold: 0.9,
      distribution: LabelDistribution(labels: LabelIndex(["a", "b"]), probabilities: [0.5, 0.5]))
    return texts.enumerated().map { offset, text in
      let sample = Sample(id: text, task: "t", text: text)
      return HardItem(
        hard: HardSample(sample: sample, predictions: [small], routedAt: .now),
        place: TopicPartition(topic: "hard", partition: 0), offset: Int64(offset), generation: 1)
    }
  }

  private static func desk(
    _ model: any LargeModel, facts: @escaping FactsLookup = { _, _ in nil }
  ) throws -> LargeModelDesk {
    let pruning = try TaskDefinition(json: #"{"task":{"name":"t"},"pruning":{"mode":"soft"}}"#).pruning
    let task = LargeModelTask(labels: LabelIndex(["a", "b"]), model: model, pruning: pruning)
    return LargeModelDesk(tasks: ["t": task], facts: facts, topics: Topics(prefix: ""))
  }

  @Test(
    "A large model that reads nothing of a task's samples holds the task, and rejects none",
    arguments: [
      #"{"task":{"name":"t","reads":["image"]}}"#,
      #"{"task":{"name":"t"},"small_model":{"architecture":"resnet"}}"#,
    ])
  func unreadable(_ task: String) async throws {
    let definition = try TaskDefinition(json: task)
    let lack = try #require(definition.unreadableInputs)
    #expect(lack.contains("hold images (task.reads), and its large model reads texts"))
    let model = ScriptedModel { _ in .success(Self.answer) }
    let task = LargeModelTask(
      labels: LabelIndex(["a", "b"]), model: model, pruning: definition.pruning, lack: lack)
    let desk = LargeModelDesk(tasks: ["t": task], facts: { _, _ in nil }, topics: Topics(prefix: ""))
    let outcome = try await desk.answer(Self.items("x", "y"))
    #expect(outcome.postponed.count == 2 && outcome.rejected == 0 && outcome.hold?.cause == "reads")
  }

  @Test("A caption becomes an answer of its own, and an image alone is nothing that a model of texts reads")
  func captions() async throws {
    let model = ScriptedModel { _ in
      .success(LargeModelAnswer(caption: "a dog", confidence: nil, promptTokens: 7, completionTokens: 3, cost: 0.5))
    }
    var items = Self.items("x")
    let image = Input(image: .url("https://example.org/a.png", mediaType: nil))
    items.append(
      HardItem(
        hard: HardSample(sample: Sample(id: "y", task: "t", input: image), predictions: [], routedAt: .now),
        place: items[0].place, offset: 1, generation: 1))
    let outcome = try await Self.desk(model).answer(items)
    #expect(outcome.answered == 1 && outcome.withoutConfidence == 1 && outcome.rejected == 1)
    #expect(outcome.reasons.keys.first == "the sample has no text, which is what the task's large model reads")
    let decoder = try MessageDecoder()
    let messages = try (0..<2).map { record in
      try Array(outcome.records.value(of: record)).withUnsafeBytes { value in
        try decoder.decode(value, format: "2") { json, format throws(JSONError) in
          (json["reply"]?["caption"]?.string, json["format"]?.string, json["prompt"]?["completion_tokens"]?.integer)
        }
      }
    }
    #expect(messages.contains { $0 == ("a dog", nil, 3) } && messages.contains { $0 == (nil, "2", nil) })
  }

  /// No image may be fetched here, from nowhere: whoever tried would reject the sample.
  @Test("A recording knows a sample by its id: an image that it names is not fetched", arguments: [true, false])
  func recordings(knowsByID: Bool) async throws {
    let model = ScriptedModel { request in
      #expect(request.id == "y")
      return .success(Self.answer)
    }
    var traits = LargeModelTraits()
    (traits.reads, traits.knowsByID) = ([.text, .image], knowsByID)
    let pruning = try TaskDefinition(json: #"{"task":{"name":"t"}}"#).pruning
    let task = LargeModelTask(labels: LabelIndex(["a", "b"]), model: model, pruning: pruning, traits: traits)
    let image = Input(image: .url("https://example.org/a.png", mediaType: nil))
    let item = HardItem(
      hard: HardSample(sample: Sample(id: "y", task: "t", input: image), predictions: [], routedAt: .now),
      place: TopicPartition(topic: "hard", partition: 0), offset: 0, generation: 1)
    let outcome = try await LargeModelDesk(tasks: ["t": task], facts: { _, _ in nil }, topics: Topics(prefix: ""))
      .answer([item])
    #expect(outcome.answered == (knowsByID ? 1 : 0) && outcome.rejected == (knowsByID ? 0 : 1))
  }

  @Test("Facts that cannot be read hold the task; nothing of it is asked or rejected")
  func facts() async throws {
    struct Away: Error {}
    let model = ScriptedModel { _ in
      Issue.record("it was asked")
      return .success(Self.answer)
    }
    let outcome = try await Self.desk(model) { _, _ in throw Away() }.answer(Self.items("x", "y"))
    #expect(outcome.hold?.cause == "facts" && outcome.hold?.reason.contains("Away") == true)
    #expect(outcome.postponed.count == 2 && outcome.rejected == 0)
    var holds = TaskHolds()
    let consequence = holds.take(outcome, of: "t", asked: holds.mark("t"), retry: Self.retry, isHeld: false)
    #expect(consequence.hold?.wait == .milliseconds(500) && consequence.postponed.count == 2)
  }

  @Test("A model that fails as a whole holds the task; what it has no answer for is the sample's own")
  func model() async throws {
    let broken = ScriptedModel { _ in throw LargeModelError(.badModel, "model.safetensors: not there") }
    var holds = TaskHolds()
    let outcome = try await Self.desk(broken).answer(Self.items("x", "y"))
    var consequence = holds.take(outcome, of: "t", asked: holds.mark("t"), retry: Self.retry, isHeld: false)
    #expect(consequence.rejected.isEmpty && consequence.postponed.count == 2)
    #expect(consequence.hold?.hold.cause == "model")
    #expect(consequence.hold?.hold.reason == "model.safetensors: not there")

    let mended = ScriptedModel { request in
      request.text == "x" ? .success(Self.answer) : .failure(LargeModelError(.noAnswer, "not recorded"))
    }
    let later = try await Self.desk(mended).answer(Self.items("x", "y"))
    consequence = holds.take(later, of: "t", asked: holds.mark("t"), retry: Self.retry, isHeld: false)
    #expect(consequence.isRecovered && consequence.released == "model" && consequence.hold == nil)
    #expect(consequence.rejected.map(\.item.hard.sample.id) == ["y"])
  }

  @Test("A model that could not be made is made when it is asked, once its files are there")
  func deferred() async throws {
    struct Missing: Error {}
    let isThere = Mutex(false)
    let made = Mutex(0)
    let model = DeferredLargeModel {
      guard isThere.withLock({ $0 }) else { throw Missing() }
      made.withLock { $0 += 1 }
      return ScriptedModel { _ in .success(Self.answer) }
    }
    let desk = try Self.desk(model)
    #expect(try await desk.answer(Self.items("x")).failed.map(\.error.blame) == [.world])
    isThere.withLock { $0 = true }
    for _ in 0..<2 { #expect(try await desk.answer(Self.items("x")).concluded.count == 1) }
    #expect(made.withLock { $0 } == 1 && model.version == "scripted")
  }

  @Test("A task whose model comes later keeps its settings")
  func deferredTask() throws {
    let definition = try TaskDefinition(
      json: #"{"task":{"name":"t"},"large_model":{"none_of_these":{"label":"other","threshold":0.3}}}"#)
    let store = try LargeModelStore(Connection(PostgresSettings("host=127.0.0.1 port=1")))
    let task = LargeModelTask(definition, labels: ["a", "b"], store: store) {
      ScriptedModel { _ in .success(Self.answer) }
    }
    #expect(task.noneOfThese == NoneOfThese(label: "other", threshold: 0.3))
    #expect(task.reads == definition.largeModel.traits.reads)
  }

  @Test("Waits double while a task is held again and again, and follow what the server asks for")
  func waits() {
    var holds = TaskHolds()
    func hold(_ wait: Duration? = nil, isHeld: Bool = false) -> Duration? {
      var outcome = LargeModelDesk.Outcome()
      outcome.hold = LargeModelDesk.Hold(cause: "server", reason: "x", wait: wait)
      return holds.take(outcome, of: "t", asked: holds.mark("t"), retry: Self.retry, isHeld: isHeld).hold?.wait
    }
    #expect(hold() == .milliseconds(500))
    // Those that were under way learn the same.
    #expect(hold(isHeld: true) == .milliseconds(500))
    #expect(hold() == .seconds(1) && hold(.seconds(90)) == .seconds(90))
    for _ in 0..<20 { _ = hold() }
    #expect(hold() == .seconds(30))
  }

  @Test("What was asked before a hold and is answered after it does not end it")
  func late() {
    var holds = TaskHolds()
    let before = holds.mark("t")
    var held = LargeModelDesk.Outcome()
    held.hold = LargeModelDesk.Hold(cause: "rate_limit", reason: "429")
    _ = holds.take(held, of: "t", asked: before, retry: Self.retry, isHeld: false)
    var answered = LargeModelDesk.Outcome()
    answered.concluded = Self.items("x")
    #expect(!holds.take(answered, of: "t", asked: before, retry: Self.retry, isHeld: true).isRecovered)
    let after = holds.take(answered, of: "t", asked: holds.mark("t"), retry: Self.retry, isHeld: false)
    #expect(after.isRecovered && after.released == "rate_limit")
  }

  @Test("A task is held for one cause at a time, and for none once nothing of it waits")
  func causes() {
    var holds = TaskHolds()
    #expect(holds.pause("t", for: "server") == nil && holds.pause("t", for: "server") == nil)
    #expect(holds.pause("t", for: "rate_limit") == "server")
    #expect(holds.idle("t") == "rate_limit" && holds.idle("t") == nil && holds.idle("other") == nil)
  }
}
