import Cascade
import Content
import Foundation
import Postgres
@testable import ResultStore
import TestSupport

/// Runs `body` with a store on a migrated database of its own.
func withStore<Value>(_ body: (ResultStore, PostgresSettings) async throws -> Value) async throws -> Value {
  let migrated = PostgresTestTemplate("results") { try await ResultSchema.migrate($0) }
  return try await PostgresTestDatabase.with(migrated) { settings in
    try await body(ResultStore(Connection(settings)), settings)
  }
}

/// A row with every field set.
func fullRow(_ id: String, task: String = "intents", text: String? = "how are you") -> ResultRow {
  ResultRow(
    task: task, id: id, reply: .label("greeting"), confidence: 0.75, answeredBy: .large, modelVersion: "minilm-1",
    threshold: 0.5, isDegraded: true,
    distribution: Distribution(labels: ["greeting", "goodbye"], probabilities: [0.75, 0.125], rest: 0.125),
    pruning: Pruning(candidatesBefore: 150, candidatesAfter: 20, entropyBefore: 7.25, entropyAfter: 4.5),
    usage: Usage(promptTokens: 120, completionTokens: 1, cost: 0.000_25),
    specific: SpecificAnswer(label: "goodbye", confidence: 0.25), text: text, category: "chat",
    truth: .label("greeting"),
    producedAt: Date(timeIntervalSince1970: 1_700_000_000), routedAt: Date(timeIntervalSince1970: 1_700_000_001),
    answeredAt: Date(timeIntervalSince1970: 1_700_000_002.5))
}

/// A row with only what every row has.
func plainRow(_ id: String, task: String = "intents", answeredBy: AnsweredBy = .specific) -> ResultRow {
  ResultRow(
    task: task, id: id, reply: .label("greeting"), confidence: 0.5, answeredBy: answeredBy, modelVersion: "v1",
    answeredAt: Date(timeIntervalSince1970: 1_700_000_000))
}

/// A small generator with a seed, so that a failing case comes back.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Any row out of few tasks, hours, categories, labels and versions, so that sums meet.
func randomRow(_ id: String, _ generator: inout SplitMix64) -> ResultRow {
  let labels = ["a", "b", "c"]
  let isAudit = Int.random(in: 0..<10, using: &generator) == 0
  let answerer: AnsweredBy =
    isAudit ? .large : AnsweredBy.allCases.randomElement(using: &generator) ?? .large
  let isKnown = answerer != .large || Bool.random(using: &generator)
  let answeredAt = Date(timeIntervalSince1970: 1_700_000_000 + Double.random(in: 0..<20_000, using: &generator))
  return ResultRow(
    task: ["t1", "t2"].randomElement(using: &generator) ?? "t1", id: id,
    reply: .label(labels.randomElement(using: &generator) ?? "a"),
    confidence: isKnown ? Float.random(in: 0...1, using: &generator) : nil, answeredBy: answerer,
    modelVersion: ["v1", "v2"].randomElement(using: &generator) ?? "v1",
    isDegraded: Bool.random(using: &generator), isAudit: isAudit,
    usage: answerer == .large
      ? Usage(promptTokens: Int.random(in: 0..<500, using: &generator), completionTokens: 1, cost: 0.001) : nil,
    specific: Bool.random(using: &generator)
      ? SpecificAnswer(label: labels.randomElement(using: &generator) ?? "a", confidence: 0.5) : nil,
    text: Bool.random(using: &generator) ? "text \(id)" : nil,
    category: [nil, "x", "y"].randomElement(using: &generator) ?? nil,
    truth: Bool.random(using: &generator) ? labels.randomElement(using: &generator).map(Truth.label) : nil,
    producedAt: Bool.random(using: &generator) ? answeredAt.addingTimeInterval(-1.5) : nil, answeredAt: answeredAt)
}
