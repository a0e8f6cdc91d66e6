import Classification
import Foundation
import JSON
import Kafka
import Messages
import Postgres
@testable import Recorder
import ResultStore
import Streams
import TestSupport
import Testing

/// What a producer, or whoever else writes into the recorder's topics, can send: the recorder goes on.
@Suite struct RecorderPoisonTests {
  private static func answer(_ id: String, category: String? = nil) -> Answer {
    Answer(
      sample: Sample(id: id, task: "t", text: "a", category: category), reply: .label("l"), confidence: 0.5,
      answeredBy: .specific, modelVersion: "v", threshold: 0.25,
      distribution: LabelDistribution(top: [.init(label: "l", probability: 0.5)], rest: 0.5),
      routedAt: .now, answeredAt: .now, keepsInput: true)
  }

  private static func json(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.append(to: &bytes) { write(&$0) }
    return bytes
  }

  private static func rejection(topic: String, reason: String) -> [UInt8] {
    let rejection = Rejection(
      reason: reason, topic: topic, partition: 0, offset: 0, value: nil, rejectedAt: .now)
    return json { rejection.write(to: &$0) }
  }

  /// Refuses in the database what no rule of ours foresees.
  private static let refusal = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.id LIKE 'refused%' THEN RAISE EXCEPTION 'not in this house' USING ERRCODE = '22003'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON results FOR EACH ROW EXECUTE FUNCTION refuse();
    """

  @Test func oneMessageStopsNothing() async throws {
    try await Rig.with { rig in
      try await rig.connection.run(script: Self.refusal)
      var batch = OutgoingBatch()
      for number in 0..<40 {
        let answer = Self.answer("good-\(number)", category: number == 7 ? "a\"\u{0301}b" : nil)
        batch.append(answer, to: rig.topics.results)
      }
      let odd: [String] = ["e\u{0301}", "é", "\\\u{0308}", "{\"\u{20DD}}", "nul\u{0}"]
      for answer in odd.map({ Self.answer("good-" + $0, category: $0) })
        + [Self.answer("refused-1"), Self.answer("refused-2")]
      {
        batch.append(answer, to: rig.topics.results)
      }
      let impossible = String(decoding: Self.json { Self.answer("impossible").write(to: &$0) }, as: UTF8.self)
        .split(separator: "\"confidence\":0.5", omittingEmptySubsequences: false).joined(
          separator: "\"confidence\":1e39")
      batch.append(to: rig.topics.results.name, key: "impossible".utf8, value: Array(impossible.utf8))
      batch.append(to: rig.topics.results.name, key: "none".utf8, value: Array("{".utf8))
      for topic in [String(repeating: "t", count: 6_000), "\u{0}", "a\"\u{0301}"] {
        batch.append(
          to: rig.topics.rejected.name, key: "r".utf8,
          value: Self.rejection(topic: topic, reason: "reason \u{0}\"\u{0301}"))
      }
      batch.append(to: rig.topics.rejected.name, key: "r".utf8, value: Array("[]".utf8))
      try await rig.push(batch)
      try await rig.running([try rig.recorder()]) {
        try await eventually("all is recorded") {
          let (answers, rejections) = (try await rig.count("results"), try await rig.count("rejections"))
          return answers == 45 && rejections == 8
        }
      }
      let refused = try await rig.connection.query("SELECT id, reason FROM rejections WHERE id LIKE 'refused%'")
      #expect(refused.count == 2)
      for row in refused { #expect(try (row["reason"] as String).contains("not in this house")) }
      #expect(try await rig.count("rejections WHERE reason LIKE '%confidence%'") == 1)
      #expect(try await rig.count("results WHERE category = U&'a\"\\0301b'") == 1)
      #expect(try await rig.count("results WHERE id IN (U&'good-e\\0301', U&'good-\\00e9')") == 2)
    }
  }

  @Test func whatIsRejectedAMinuteIsBounded() {
    var bytes = RejectedBytes(perMinute: 10_000)
    // Payload and time; small ones are kept in any case. At last the clock is set back.
    let arrivals: [(Int, Int64)] = [
      (6_000, 0), (6_000, 59_999), (1_024, 59_999), (4_000, 59_999), (1_025, 59_999), (6_000, 60_000), (6_000, 0),
      (.max, 0),
    ]
    let isAdmitted = arrivals.map { bytes.admits($0.0, at: $0.1) }
    #expect(isAdmitted == [true, false, true, true, false, true, true, false])
    #expect(bytes.refused == 1)
  }
}
