import Crypto
import Foundation
import Postgres

/// Versions of small models in Postgres, with the artifact as bytes. `ModelSchema.migrate` must have run.
public struct ModelStore: Sendable {
  let connection: Connection
  let settings: PostgresSettings
  let backoff: Backoff

  /// A store on a connection of its own.
  /// - Parameter backoff: how long reading and writing outlast a server that is away. The default is for who waits at a
  ///   terminal; a worker waits without end, `Backoff()`.
  public init(_ settings: PostgresSettings, backoff: Backoff = Backoff(attempts: 5)) throws {
    self.settings = settings
    self.backoff = backoff
    connection = try Connection(settings)
  }

  func read(_ sql: String, _ parameters: [Parameter] = []) async throws -> Rows {
    try await connection.read(sql, parameters, backoff: backoff)
  }

  /// Stores a version as candidate. The same version with the same bytes again returns the one that stands.
  /// - Parameters:
  ///   - artifact: the model file; some 50 MB at most are expected, 1 GB is Postgres's bound.
  ///   - who: a worker's or a person's name, for the history.
  ///   - round: the round of distillation that made it.
  /// - Throws: `ModelStoreError` of kind `conflict` where other bytes have this version's name.
  @discardableResult
  public func register(
    _ description: ModelDescription, artifact: [UInt8], who: String, round: Int? = nil
  ) async throws -> ModelVersion {
    let hash = Self.hash(artifact)
    let parameters: [Parameter] = [
      .text(description.task), .text(description.role.roleName), .text(description.version), .bytes(artifact),
      .integer(artifact.count), .text(hash), Parameter(description.parent),
      try JSONColumn.encode(description.dataCounts), Parameter(description.seed),
      try JSONColumn.encode(description.metrics, "metrics"),
      try JSONColumn.encode(description.thresholds, "thresholds"), Parameter(round),
    ]
    return try await connection.retryingTransaction(backoff: backoff) { session in
      let inserted = try session.query(
        """
        INSERT INTO model_versions
          (task, role, version, artifact, size, hash, parent, data_counts, seed, metrics, thresholds, round, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'candidate')
        ON CONFLICT (task, role, version) DO NOTHING RETURNING \(ModelColumns.names)
        """, parameters)
      guard let row = inserted.first else { return try Self.standing(description, hash, session) }
      let model = try ModelVersion(row)
      try session.record(.registered, of: model.id, from: nil, to: .candidate, who: who, why: "registered")
      return model
    }
  }

  /// Every version, newest first, without artifacts.
  /// - Parameter task: only this task's.
  public func versions(task: String? = nil) async throws -> [ModelVersion] {
    try await read(
      "SELECT \(ModelColumns.names) FROM model_versions WHERE $1::text IS NULL OR task = $1 ORDER BY id DESC",
      [Parameter(task)]
    ).map(ModelVersion.init)
  }

  /// One version.
  /// - Throws: `ModelStoreError` of kind `unknown`.
  public func version(_ id: Int) async throws -> ModelVersion {
    let rows = try await read(
      "SELECT \(ModelColumns.names) FROM model_versions WHERE id = $1", [.integer(id)])
    guard let row = rows.first else { throw ModelStoreError(.unknown, "no version has the number \(id)") }
    return try ModelVersion(row)
  }

  /// A version by its name, `nil` where there is none.
  public func version(named version: String, of slot: ModelSlot) async throws -> ModelVersion? {
    try await read(
      "SELECT \(ModelColumns.names) FROM model_versions WHERE task = $1 AND role = $2 AND version = $3",
      [.text(slot.task), .text(slot.role.roleName), .text(version)]
    ).first.map(ModelVersion.init)
  }

  /// A version's artifact, its hash verified here.
  /// - Throws: `ModelStoreError` of kind `brokenArtifact` where the bytes are not those that were registered.
  public func artifact(of id: Int) async throws -> [UInt8] {
    let rows = try await read(
      "SELECT task, version, artifact, hash FROM model_versions WHERE id = $1", [.integer(id)])
    guard let row = rows.first else { throw ModelStoreError(.unknown, "no version has the number \(id)") }
    return try Self.verifiedArtifact(row)
  }

  /// The artifact of a row with task, version, artifact and hash.
  /// - Throws: `ModelStoreError` of kind `brokenArtifact`.
  static func verifiedArtifact(_ row: Row) throws -> [UInt8] {
    let artifact: [UInt8] = try row["artifact"]
    let (found, expected) = (hash(artifact), try row["hash"] as String)
    guard found == expected else {
      throw ModelStoreError(
        .brokenArtifact,
        "the artifact of \(try row["task"] as String) \(try row["version"] as String) has the hash \(found), registered"
          + " was \(expected); keep the version in force and register this one anew")
    }
    return artifact
  }

  /// A version's life, oldest first.
  public func history(of id: Int) async throws -> [ModelEvent] {
    try await read("SELECT * FROM model_events WHERE model = $1 ORDER BY id", [.integer(id)])
      .map(ModelEvent.init)
  }

  /// A task's life, oldest first.
  public func history(task: String) async throws -> [ModelEvent] {
    try await read(
      """
      SELECT e.* FROM model_events AS e JOIN model_versions AS v ON v.id = e.model WHERE v.task = $1 ORDER BY e.id
      """, [.text(task)]
    ).map(ModelEvent.init)
  }

  /// SHA-256 in hexadecimal.
  public static func hash(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  private static func standing(
    _ description: ModelDescription, _ hash: String, _ session: Session
  ) throws -> ModelVersion {
    let model = try ModelVersion(
      session.query(
        "SELECT \(ModelColumns.names) FROM model_versions WHERE task = $1 AND role = $2 AND version = $3",
        [.text(description.task), .text(description.role.roleName), .text(description.version)]
      ).one())
    guard model.hash == hash else {
      throw ModelStoreError(
        .conflict,
        "\(description.task) has another \(description.role.roleName) version \(description.version)"
          + "; give this one a name of its own")
    }
    return model
  }
}
