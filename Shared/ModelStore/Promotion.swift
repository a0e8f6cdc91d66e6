import Postgres

extension ModelStore {
  /// The channel on which routers hear of promotions; the payload is the task.
  static let channel = "model_versions"

  /// Puts a version in force and retires the one that was, in one transaction. Promoting the active version changes
  /// nothing, so a caller that died after the commit may ask again.
  /// - Parameter round: the round that ends with this promotion, in the same transaction.
  /// - Throws: `ModelStoreError` of kind `unknown`, `state` where the version may not become active, or
  ///   `brokenArtifact` where its bytes are not those that were registered.
  public func promote(_ id: Int, who: String, why: String, finishing round: RoundEnd? = nil) async throws {
    try await connection.retryingTransaction(backoff: backoff) { session in
      let model = try session.locked(id)
      if model.state != .active { try session.activate(model, .promoted, who: who, why: why, round: round?.round) }
      if let round { try session.finish(round) }
    }
  }

  /// Puts back in force what the active version took the place of when it was promoted; asked again, the one before. The
  /// first learnable version took nothing's place, and goes back to that: it is retired; so is the first specific one of
  /// an announced task. A task cannot do without the other roles.
  /// - Parameter expected: the version to roll back from; where another is active by now, nothing is done.
  /// - Returns: the version that answers now; `nil` for none.
  /// - Throws: `ModelStoreError` of kind `unknown` where nothing is active, of kind `state` where nothing was before or
  ///   another version is active.
  @discardableResult
  public func rollBack(
    _ slot: ModelSlot, from expected: Int? = nil, who: String, why: String
  ) async throws -> ModelVersion? {
    try await connection.retryingTransaction(backoff: backoff) { session in
      try session.lock(slot)
      guard let active = try session.active(slot) else {
        throw ModelStoreError(.unknown, "\(slot.task) has no active \(slot.role.roleName) version to roll back")
      }
      guard expected == nil || expected == active.id else {
        throw ModelStoreError(
          .state, "\(active.description.version) is active by now, not version number \(expected ?? 0)")
      }
      guard let previous = try session.predecessor(of: active.id) else {
        let mayBeMissing =
          try slot.role.mayBeMissing || (slot.role == .specific && session.announcedTasks().contains(slot.task))
        guard mayBeMissing else {
          throw ModelStoreError(
            .state,
            "\(active.description.version) took no version's place, and the task needs a \(slot.role.roleName) model;"
              + " promote another")
        }
        try session.move(active, to: .retired, .rolledBack, who: who, why: why)
        try session.query("SELECT pg_notify($1, $2)", [.text(Self.channel), .text(slot.task)])
        return nil
      }
      let model = try session.locked(previous)
      try session.activate(model, .rolledBack, who: who, why: why)
      return try session.model(previous)
    }
  }

  /// Takes a version out of the candidates, or the active one out of force without another in its place.
  /// - Throws: `ModelStoreError` of kind `unknown`, or `state` where the version may not go there.
  public func move(
    _ id: Int, to state: ModelState, who: String, why: String, finishing round: RoundEnd? = nil
  ) async throws {
    guard state != .active else { return try await promote(id, who: who, why: why, finishing: round) }
    try await connection.retryingTransaction(backoff: backoff) { session in
      let model = try session.locked(id)
      if model.state != state {
        try session.move(model, to: state, state.event, who: who, why: why, round: round?.round)
      }
      if let round { try session.finish(round) }
      try session.query("SELECT pg_notify($1, $2)", [.text(Self.channel), .text(model.description.task)])
    }
  }
}

extension ModelState {
  fileprivate var event: ModelEvent.Kind {
    switch self {
    case .candidate: .reconsidered
    case .shadow: .shadowed
    case .active: .promoted
    case .retired: .retired
    case .rejected: .rejected
    }
  }
}

extension Session {
  /// Serialises every change of a task's model: of two promotions at once, the second sees the first one's.
  fileprivate func lock(_ slot: ModelSlot) throws {
    try lockUntilCommit("model_versions/\(slot.role.roleName)/\(slot.task)")
  }

  func model(_ id: Int) throws -> ModelVersion {
    guard
      let row = try query("SELECT \(ModelColumns.names) FROM model_versions WHERE id = $1", [.integer(id)]).first
    else { throw ModelStoreError(.unknown, "no version has the number \(id)") }
    return try ModelVersion(row)
  }

  /// The version as it stands once its slot is ours.
  fileprivate func locked(_ id: Int) throws -> ModelVersion {
    try lock(model(id).slot)
    return try model(id)
  }

  fileprivate func active(_ slot: ModelSlot) throws -> ModelVersion? {
    try query(
      "SELECT \(ModelColumns.names) FROM model_versions WHERE task = $1 AND role = $2 AND state = 'active'",
      [.text(slot.task), .text(slot.role.roleName)]
    ).first.map(ModelVersion.init)
  }

  /// What a version took the place of when it was last promoted.
  fileprivate func predecessor(of id: Int) throws -> Int? {
    guard
      let row = try query(
        "SELECT replaced FROM model_events WHERE model = $1 AND kind = 'promoted' ORDER BY id DESC LIMIT 1",
        [.integer(id)]
      ).first
    else { return nil }
    return try row["replaced"]
  }

  /// - Throws: `ModelStoreError` of kind `brokenArtifact` where the bytes are not those that were registered: nobody
  ///   could load them.
  fileprivate func activate(
    _ model: ModelVersion, _ kind: ModelEvent.Kind, who: String, why: String, round: Int? = nil
  ) throws {
    _ = try ModelStore.verifiedArtifact(
      query("SELECT task, version, artifact, hash FROM model_versions WHERE id = $1", [.integer(model.id)]).one())
    let active = try active(model.slot)
    if let active {
      try move(active, to: .retired, .retired, who: who, why: "\(model.description.version) took its place: \(why)")
    }
    try move(model, to: .active, kind, replacing: active?.id, who: who, why: why, round: round)
    try forgetAgreement(of: model.id)
    // Heard with the commit, never before.
    try query("SELECT pg_notify($1, $2)", [.text(ModelStore.channel), .text(model.description.task)])
  }

  fileprivate func move(
    _ model: ModelVersion, to state: ModelState, _ kind: ModelEvent.Kind, replacing: Int? = nil, who: String,
    why: String, round: Int? = nil
  ) throws {
    guard model.state.allows(state) else {
      throw ModelStoreError(
        .state,
        "\(model.description.task) \(model.description.version) is \(model.state.rawValue) and cannot become"
          + " \(state.rawValue)")
    }
    try execute(
      "UPDATE model_versions SET state = $2, reasons = $3 WHERE id = $1",
      [.integer(model.id), .text(state.rawValue), .text(why)])
    try record(kind, of: model.id, from: model.state, to: state, replacing: replacing, who: who, why: why, round: round)
  }

  func record(
    _ kind: ModelEvent.Kind, of id: Int, from: ModelState?, to: ModelState, replacing: Int? = nil, who: String,
    why: String, round: Int? = nil
  ) throws {
    try execute(
      """
      INSERT INTO model_events (model, kind, from_state, to_state, replaced, who, why, round)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .integer(id), .text(kind.rawValue), Parameter(from?.rawValue), .text(to.rawValue), Parameter(replacing),
        .text(who), .text(why), Parameter(round),
      ])
  }
}
