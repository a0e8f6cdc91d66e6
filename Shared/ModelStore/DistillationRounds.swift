import Postgres
import ResultStore

extension ModelStore {
  /// The right to run a task's rounds, `nil` where another distiller has it.
  public func roundPermit(task: String) async throws -> RoundPermit? {
    let lock = try await AdvisoryLock.tryAcquire("distillation/\(task)", settings)
    return lock.map { RoundPermit(lock: $0, task: task) }
  }

  /// Begins a round after the last finished one's answers. Whoever holds the permit knows that no other round runs: one
  /// that is left as running is forgotten.
  public func beginRound(_ permit: RoundPermit) async throws -> DistillationRound {
    try await connection.retryingTransaction(backoff: backoff) { session in
      try session.execute(
        """
        UPDATE distillation_rounds SET state = 'abandoned', finished_at = now(), reasons = 'its distiller ended'
        WHERE task = $1 AND state = 'running'
        """, [.text(permit.task)])
      let last = try session.query(
        """
        SELECT to_transaction, to_sequence FROM distillation_rounds
        WHERE task = $1 AND state = 'finished' ORDER BY id DESC LIMIT 1
        """, [.text(permit.task)]
      ).first
      let from = AnswerCursor(
        transaction: try last?["to_transaction"] ?? 0, sequence: try last?["to_sequence"] ?? 0)
      return try DistillationRound(
        session.query(
          """
          INSERT INTO distillation_rounds (task, state, from_transaction, from_sequence)
          VALUES ($1, 'running', $2, $3) RETURNING *
          """, [.text(permit.task), .integer(from.transaction), .integer(from.sequence)]
        ).one())
    }
  }

  /// Ends a round that promotes nothing. `promote` and `move` end one in their own transaction.
  public func finish(_ end: RoundEnd) async throws {
    try await connection.retryingTransaction(backoff: backoff) { try $0.finish(end) }
  }

  /// Adds what became known of a round's version after its end.
  public func add(_ finding: RoundFinding, toRound round: Int) async throws {
    try await connection.execute(
      """
      INSERT INTO round_findings (round, place, kind, finding)
      SELECT $1, coalesce(max(place) + 1, 0), $2, $3 FROM round_findings WHERE round = $1
      """, [.integer(round), .text(finding.kind), .text(finding.text)])
  }

  /// Why a round ended as it did, one by one; none for a round of an earlier version.
  public func findings(ofRound round: Int) async throws -> [RoundFinding] {
    try await read("SELECT kind, finding FROM round_findings WHERE round = $1 ORDER BY place", [.integer(round)])
      .map { RoundFinding(kind: try $0["kind"], text: try $0["finding"]) }
  }

  /// A task's candidates that nobody will judge any more: their round was given up, or failed, after it had stored them.
  public func forgottenCandidates(task: String) async throws -> [ModelVersion] {
    try await read(
      """
      SELECT \(ModelColumns.names) FROM model_versions
      WHERE task = $1 AND state = 'candidate'
        AND round IN (SELECT id FROM distillation_rounds WHERE state = 'abandoned' OR outcome = 'failed')
      ORDER BY id
      """, [.text(task)]
    ).map(ModelVersion.init)
  }

  /// The candidate that a round of this task has put into the shadow and nobody has moved since; a version that a person
  /// put there is that person's.
  public func shadowOfRound(task: String) async throws -> ModelVersion? {
    try await read(
      """
      SELECT \(ModelColumns.names) FROM model_versions AS v
      WHERE task = $1 AND state = 'shadow' AND (
        SELECT e.round FROM model_events AS e
        WHERE e.model = v.id AND e.to_state = 'shadow' ORDER BY e.id DESC LIMIT 1) IS NOT NULL
      ORDER BY id DESC LIMIT 1
      """, [.text(task)]
    ).first.map(ModelVersion.init)
  }

  /// A task's rounds, newest first.
  public func rounds(task: String, limit: Int = 20) async throws -> [DistillationRound] {
    try await read(
      "SELECT * FROM distillation_rounds WHERE task = $1 ORDER BY id DESC LIMIT $2::bigint",
      [.text(task), .integer(limit)]
    ).map(DistillationRound.init)
  }
}

extension Session {
  /// Ends a running round; one that has ended already stays as it is.
  func finish(_ end: RoundEnd) throws {
    let ended = try execute(
      """
      UPDATE distillation_rounds
      SET state = 'finished', finished_at = now(), to_transaction = $2, to_sequence = $3, counts = $4, outcome = $5,
        candidate = $6, reasons = $7
      WHERE id = $1 AND state = 'running'
      """,
      [
        .integer(end.round), .integer(end.to.transaction), .integer(end.to.sequence),
        try JSONColumn.encode(end.counts), .text(end.outcome.rawValue), Parameter(end.candidate), .text(end.reasons),
      ])
    guard ended == 1 else { return try expectFinished(end) }
    for (place, finding) in end.findings.enumerated() {
      try execute(
        "INSERT INTO round_findings (round, place, kind, finding) VALUES ($1, $2, $3, $4)",
        [.integer(end.round), .integer(place), .text(finding.kind), .text(finding.text)])
    }
  }

  /// - Throws: `ModelStoreError` where the round is unknown, or was given up.
  private func expectFinished(_ end: RoundEnd) throws {
    let rows = try query("SELECT state FROM distillation_rounds WHERE id = $1", [.integer(end.round)])
    guard let row = rows.first else {
      throw ModelStoreError(.unknown, "no round has the number \(end.round)")
    }
    guard try Stored.value(row, "state") == DistillationRound.State.finished else {
      throw ModelStoreError(.state, "round \(end.round) was given up; another distiller has gone on")
    }
  }
}
