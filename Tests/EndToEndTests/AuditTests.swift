import Foundation
import Postgres
import TestSupport
import Testing

@testable import Router

/// Of the easy samples a share is audited, and a share keeps its text to teach: from the draw to the database.
@Suite(.ownTopics) struct AuditTests {
  /// Two of three toy samples are easy.
  private static let count = 900
  private static let easy = (0..<count).filter { $0 % 3 != 2 }.map { "s\($0)" }

  private static var settings: RouterSettings {
    var settings = RouterSettings(taughtShare: 0.4, auditShare: 0.25)
    settings.drawSalt = 7
    return settings
  }

  /// Pushes toy samples through all workers and waits for every row, audits too.
  private func push(on rig: Rig, _ settings: RouterSettings, audits: Int) async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    let large = try rig.largeModelWorker(answering: (0..<2).map(ToyTask.easyText))
    try await rig.running([try rig.recorder(), large, rig.router(table, settings)]) {
      try await rig.push(0..<Self.count)
      try await eventually("the rows") {
        let (answers, audited) = (try await rig.count("results"), try await rig.count("audits"))
        return answers >= Self.count && audited >= audits
      }
    }
  }

  private func ids(_ what: String, _ rig: Rig) async throws -> Set<String> {
    Set(try await rig.connection.query("SELECT id FROM \(what)").map { try $0["id"] as String })
  }

  @Test func whatIsDrawnIsAuditedAndWhatIsDrawnTeaches() async throws {
    let settings = Self.settings
    let audit = SampleLottery(share: settings.auditShare, salt: settings.drawSalt ^ 2)
    let taught = SampleLottery(share: settings.taughtShare, salt: settings.drawSalt ^ 1)
    let (audited, teaching) = (Set(Self.easy.filter(audit.draws)), Set(Self.easy.filter(taught.draws)))
    // Shares that draw all or nothing would prove nothing.
    #expect((100...200).contains(audited.count) && (180...300).contains(teaching.count))
    try await Rig.with { rig in
      try await push(on: rig, settings, audits: audited.count)
      #expect(try await ids("audits", rig) == audited)
      #expect(try await ids("results WHERE answered_by = 'specific' AND text IS NOT NULL", rig) == teaching)
      // An audit is no second answer, and does not take the first one's place.
      #expect(try await rig.count("results") == Self.count)
      #expect(try await rig.count("results WHERE answered_by = 'specific' AND label = true_label") == Self.easy.count)
      // The large model says pear to all; what the small one said stands beside it.
      #expect(try await rig.count("audits WHERE answered_by = 'large' AND label = 'pear'") == audited.count)
      #expect(try await rig.count("audits WHERE specific_label = true_label") == audited.count)
    }
  }

  @Test func auditsCountForAgreementAndNotForTheQueryShare() async throws {
    try await Rig.with { rig in
      try await push(on: rig, RouterSettings(taughtShare: 0, auditShare: 1), audits: Self.easy.count)
      #expect(try await rig.count("results WHERE answered_by = 'specific' AND text IS NOT NULL") == 0)
      let summary = try #require(try await rig.connection.summaries().first)
      #expect(summary.answers == Self.count && abs(summary.queryShare - 1.0 / 3) < 1e-9 && summary.accuracy == 1)
      // Half of the easy samples are apples, which the large model calls pears.
      let row = try await rig.connection.query(
        "SELECT answers, agreement FROM agreement_by_day WHERE is_audit"
      ).one()
      let (answers, agreement): (Int, Double) = (try row["answers"], try row["agreement"])
      #expect(answers == Self.easy.count && abs(agreement - 0.5) < 0.01)
    }
  }

  @Test func withoutAShareNothingIsAudited() async throws {
    try await Rig.with { rig in
      try await push(on: rig, RouterSettings(taughtShare: 1), audits: 0)
      #expect(try await rig.count("audits") == 0)
      #expect(try await ids("results WHERE answered_by = 'specific' AND text IS NOT NULL", rig) == Set(Self.easy))
    }
  }
}
