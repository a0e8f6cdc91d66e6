import Foundation
import Kafka
import LargeModelFlow
import LargeModelStore
import Logging
import ModelStore
import Postgres
import ResultStore
import TestSupport
import Testing

@testable import Operations

/// Accounts with rights on data only, in the groups that `init` makes, on a database that `init` has migrated.
@Suite struct RolesTests {
  /// Runs `body` with the owner's settings and those of an account in each group.
  private static func withAccounts(
    _ body: (_ owner: PostgresSettings, _ accounts: [DatabaseRole: PostgresSettings]) async throws -> Void
  ) async throws {
    try await PostgresTestDatabase.with { owner in
      let deployment = Self.deployment(owner)
      try await deployment.migrate()
      try await #expect(deployment.establishRoles() == [])
      try await #expect(deployment.establishRoles() == [])
      let connection = try Connection(owner)
      var accounts: [DatabaseRole: PostgresSettings] = [:]
      let suffix = UUID().uuidString.lowercased().prefix(8)
      for role in DatabaseRole.allCases {
        let name = "\(role.rawValue)_\(suffix)"
        try await connection.run(script: "CREATE ROLE \(name) LOGIN IN ROLE \(role.rawValue)")
        accounts[role] = try PostgresSettings("\(owner.connectionString) user=\(name)")
      }
      try await body(owner, accounts)
      for role in DatabaseRole.allCases { try await connection.run(script: "DROP ROLE \(role.rawValue)_\(suffix)") }
      await connection.close()
    }
  }

  private static func deployment(_ database: PostgresSettings) -> Deployment {
    Deployment(
      settings: DeploymentSettings(
        kafka: KafkaSettings(brokers: "localhost:1"), database: database.connectionString))
  }

  private static func row(_ id: String, isAudit: Bool = false) -> ResultRow {
    ResultRow(
      task: "t", id: id, reply: .label("a"), confidence: 1, answeredBy: .large, modelVersion: "v", isAudit: isAudit,
      text: "x",
      answeredAt: Date(timeIntervalSince1970: 0))
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["SHUNT_TEST_POSTGRES"] == nil))
  func eachRoleMayWhatItsWorkersDoAndNoMore() async throws {
    try await Self.withAccounts { owner, accounts in
      let (worker, distiller) = (try #require(accounts[.worker]), try #require(accounts[.distiller]))
      try await work(as: worker, owner)
      try await distil(as: distiller)
      try await read(as: try #require(accounts[.analyst]))
      for account in accounts.values {
        let connection = try Connection(account)
        for forbidden in ["CREATE TABLE x (n int)", "DROP TABLE results", "ALTER TABLE results ADD COLUMN x int"] {
          let error = await #expect(throws: PostgresError.self) { try await connection.run(script: forbidden) }
          #expect(error?.sqlState == "42501")
        }
        await connection.close()
      }
    }
  }

  private func work(as account: PostgresSettings, _ owner: PostgresSettings) async throws {
    try await Self.deployment(account).checkTables(Logger(label: "test"))
    let results = ResultStore(try Connection(account), backoff: Backoff(attempts: 1))
    try await #expect(results.write([Self.row("1"), Self.row("1", isAudit: true)]).inserted == 2)
    try await #expect(results.write([Self.row("1"), Self.row("2")]).inserted == 1)
    let rejection = RejectionRow(
      topic: "samples", partition: 0, offset: 0, reason: "r", payload: nil, rejectedAt: Date())
    try await #expect(results.write(rejections: [rejection]) == 1)
    let models = try ModelStore(account, backoff: Backoff(attempts: 1))
    _ = try await models.drawSalt()
    let model = try await ModelStore(owner).register(
      ModelDescription(task: "t", role: .specific, version: "1"), artifact: [1], who: "owner")
    try await #expect(models.artifact(of: model.id) == [1])
    _ = try await models.serving()
    var sums = ShadowSums()
    sums.samples = 1
    try await models.add(sums, model: model.id, at: Date())
    try await models.add(sums, model: model.id, at: Date())
    let large = LargeModelStore(try Connection(account), backoff: Backoff(attempts: 1))
    _ = try await large.renewLease(of: "t") { _, now in
      RateLease(worker: "w", share: 1, expiresAt: now.addingTimeInterval(60))
    }
    try await large.releaseLease(of: "t", worker: "w")
    try await #expect(large.spend(1, of: "t", at: Date()).today == 1)
    try await large.deleteExpiredAnswers()
    try await results.deleteRecorded(before: Date(timeIntervalSinceNow: 60))
    try await results.deleteSums(before: Date(timeIntervalSinceNow: 60))
    try await results.deleteRejections(before: Date(timeIntervalSinceNow: 60))
  }

  private func distil(as account: PostgresSettings) async throws {
    try await Self.deployment(account).checkTables(Logger(label: "test"))
    let models = try ModelStore(account, backoff: Backoff(attempts: 1))
    _ = try await models.drawSalt()
    let permit = try #require(try await models.roundPermit(task: "t"))
    let round = try await models.beginRound(permit)
    let model = try await models.register(
      ModelDescription(task: "t", role: .learnable, version: "2"), artifact: [2], who: "distiller")
    try await models.promote(
      model.id, who: "distiller", why: "better",
      finishing: RoundEnd(round: round.id, to: AnswerCursor(), outcome: .promoted, reasons: ""))
    await permit.release()
    try await models.raise(
      DriftAlarm(
        task: "t", kind: "label_mix", statistic: 1, threshold: 0.5, samples: 1, windowStart: Date(), windowEnd: Date(),
        message: "m"))
    let results = ResultStore(try Connection(account), backoff: Backoff(attempts: 1))
    _ = try await results.newestTeaching(task: "t", limit: 1)
    _ = try await results.newestAudits(task: "t", limit: 1)
    _ = try await results.recentQueryShare(task: "t", newest: 10)
    _ = try await results.audits(task: "t", routedUntil: .now, newest: 10)
    _ = try await results.auditCount(task: "t", routedAt: [.now])
    let agreement = LiveAgreement(
      model: model.id, calibrated: 0.5, since: .now, measure: "parity", target: 0.95, confidence: 0.95)
    try await models.keep(agreement)
    try await #expect(models.setThreshold(0.8, of: agreement, at: .now, why: "w"))
    try await models.add(RoundFinding(kind: "rolled_back", text: "t"), toRound: round.id)
    try await models.rollBack(model.slot, who: "distiller", why: "w")
    _ = try await models.shadowSums(model: model.id)
  }

  private func read(as account: PostgresSettings) async throws {
    let connection = try Connection(account)
    for grant in ResultSchema.grants + ModelSchema.grants + LargeModelSchema.grants where grant.role == .analyst {
      for relation in grant.relations { _ = try await connection.query("SELECT * FROM \(relation) LIMIT 1") }
    }
    for forbidden in ["DELETE FROM results", "SELECT * FROM draw_salt", "SELECT artifact FROM model_versions"] {
      let error = await #expect(throws: PostgresError.self) { try await connection.query(forbidden) }
      #expect(error?.sqlState == "42501")
    }
    await connection.close()
  }

  /// Who may not make roles is told, and goes on.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SHUNT_TEST_POSTGRES"] == nil))
  func whoMayMakeNoRolesGoesOn() async throws {
    try await Self.withAccounts { owner, accounts in
      let failures = try await Self.deployment(try #require(accounts[.worker])).establishRoles()
      #expect(failures.count > 3)
      #expect(failures.allSatisfy { $0.contains("GRANT") && $0.contains("permission denied") })
    }
  }
}
