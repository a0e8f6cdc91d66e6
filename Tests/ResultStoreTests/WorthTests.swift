import Cascade
import Content
import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

/// The views of what answers are worth, on a stream that is counted by hand.
@Suite struct WorthTests {
  private static let start = Date(timeIntervalSince1970: 1_700_000_000)

  private func row(
    _ id: String, _ answeredBy: AnsweredBy, _ label: String, specific: String?, truth: String? = nil,
    second: Double = 0, isAudit: Bool = false, cost: Double? = nil
  ) -> ResultRow {
    ResultRow(
      task: "t", id: id, reply: .label(label), confidence: 0.75, answeredBy: answeredBy, modelVersion: "v",
      isAudit: isAudit, usage: cost.map { Usage(promptTokens: 1, completionTokens: 1, cost: $0) },
      specific: specific.map { SpecificAnswer(label: $0, confidence: 0.5) }, truth: truth.map(Truth.label),
      routedAt: Self.start.addingTimeInterval(second), answeredAt: Self.start.addingTimeInterval(second))
  }

  /// Two easy answers, both audited; three hard ones, one of them from before there was a small model.
  private var rows: [ResultRow] {
    [
      row("e1", .specific, "a", specific: "a", truth: "a"), row("e2", .learnable, "b", specific: "a", second: 100),
      row("e1", .large, "a", specific: "a", truth: "a", isAudit: true, cost: 0.5),
      row("e2", .large, "a", specific: "a", isAudit: true, cost: 0.5),
      row("h1", .large, "a", specific: "b", truth: "a", cost: 1),
      row("h2", .large, "b", specific: "a", truth: "a", second: 50, cost: 1),
      row("h3", .large, "a", specific: nil, cost: 1),
    ]
  }

  @Test func figuresOfASmallStream() async throws {
    try await withStore { store, settings in
      _ = try await store.write(rows)
      let worth = try await store.worth(task: "t")
      #expect(worth.map(\.answeredBy) == ["audit", "large", "learnable", "specific"])
      #expect(worth.map(\.answers) == [2, 3, 1, 1] && worth.map(\.cost) == [1, 3, 0, 0])
      #expect(worth.map(\.audits.count) == [0, 0, 1, 1] && worth.map(\.audits.agreeing) == [0, 0, 0, 1])
      #expect(worth.map(\.judged.count) == [1, 2, 0, 1] && worth[1].judged.quality == 1)
      #expect(worth.allSatisfy { $0.meanConfidence == 0.75 })
      let pace = try #require(try await store.pace(task: "t"))
      #expect(pace.answers == 5 && pace.largeAnswers == 3 && pace.cost == 4)
      #expect(pace.from == Self.start && pace.to == Self.start.addingTimeInterval(100))
      #expect(try await store.hardCount(task: "t") == 2)
      let compared = try await store.compared(task: "t", limit: 10).sorted { $0.id < $1.id }
      #expect(compared.map(\.id) == ["e1", "e2", "h1", "h2"] && compared.map(\.isAudit) == [true, true, false, false])
      #expect(compared.map(\.agrees) == [true, true, false, false])
      #expect(compared.map(\.specificQuality) == [1, nil, 0, 1] && compared.map(\.largeQuality) == [1, nil, 1, 0])
      #expect(try await store.compared(task: "t", limit: 1).map(\.id) == ["h2", "e2"])
      let connection = try Connection(settings)
      let hard = try await connection.query("SELECT * FROM small_against_large WHERE NOT is_audit").one()
      #expect(try hard["winnable"] == 1 && hard["breakable"] == 1 && hard["both_right"] == 0)
      let parity = try await connection.query("SELECT parity FROM parity_by_answerer ORDER BY answered_by")
        .map { try $0["parity"] as Double }
      #expect(parity == [0, 1])
    }
  }

  /// A label by a person counts as any truth.
  @Test func labelsAreCounted() async throws {
    try await withStore { (store, _) async throws in
      _ = try await store.write(rows)
      let label = GoldLabelRow(task: "t", id: "e2", truth: .label("b"), labelledAt: Self.start)
      _ = try await store.write(labels: [label])
      let compared = try #require(try await store.compared(task: "t", limit: 10).first { $0.id == "e2" })
      #expect(compared.specificQuality == 0 && compared.largeQuality == 0)
      #expect(try await store.worth(task: "t").first { $0.answeredBy == "learnable" }?.judged.quality == 1)
    }
  }

  @Test func nothingIsNothing() async throws {
    try await withStore { (store, _) async throws in
      #expect(try await store.worth(task: "t").isEmpty)
      #expect(try await store.pace(task: "t") == nil)
      #expect(try await store.compared(task: "t", limit: 10).isEmpty)
      #expect(try await store.hardCount(task: "t") == 0)
    }
  }
}
