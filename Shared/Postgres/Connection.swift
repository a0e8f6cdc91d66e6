import Concurrency
import Logging

/// A connection to Postgres on a thread of its own. It connects when first used, and again after it broke.
///
/// A transaction's body is synchronous and runs on the connection's thread from BEGIN to COMMIT, so no other task's
/// statement can slip in:
///
///     let total: Int = try await connection.transaction { session in
///       try session.execute("UPDATE accounts SET sum = sum - $1 WHERE id = $2", [5, 1])
///       return try session.query("SELECT sum FROM accounts WHERE id = $1", [1]).one()["sum"]
///     }
///
/// Cancelling the task cancels the running statement on the server and ends the connection; the next call opens a
/// new one.
public actor Connection {
  private nonisolated let thread = DedicatedThread(name: "postgres")
  /// The connection's own thread, because libpq blocks.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let settings: PostgresSettings
  private let reconnects: Bool
  private let logger: Logger
  private let interrupt: Interrupt
  private var session: Session?
  private var isFirst = true
  private var holdsTransaction = false

  /// A connection that is not yet open.
  /// - Parameter reconnects: false where the connection's loss must be seen, as by who holds a session's lock.
  public init(
    _ settings: PostgresSettings, reconnects: Bool = true, logger: Logger = Logger(label: "postgres")
  ) throws {
    self.settings = settings
    self.reconnects = reconnects
    self.logger = logger
    interrupt = try Interrupt()
  }

  /// Runs one statement and returns its rows; values only as `$1`, `$2` ….
  /// - Throws: `PostgresError`; `CancellationError`.
  @discardableResult
  public func query(_ sql: String, _ parameters: [Parameter] = []) async throws -> Rows {
    try await perform { try $0.query(sql, parameters) }
  }

  /// Runs one statement.
  /// - Returns: how many rows it touched.
  @discardableResult
  public func execute(_ sql: String, _ parameters: [Parameter] = []) async throws -> Int {
    try await perform { try $0.execute(sql, parameters) }
  }

  /// Runs a script of several statements without parameters. Never build one from data.
  public func run(script: String) async throws {
    try await perform { try $0.run(script: script) }
  }

  /// Runs `body` in a transaction: commits what it returns, rolls back what it throws.
  @discardableResult
  public func transaction<Value: Sendable>(
    _ isolation: Session.Isolation = .readCommitted, _ body: @Sendable (Session) throws -> Value
  ) async throws -> Value {
    try await perform { try $0.transaction(isolation, body) }
  }

  /// Runs `body` in a transaction, again after each retriable error, as `backoff` says, on a new connection where the
  /// old one broke. `body` must bear repetition: a commit whose acknowledgement was lost may have happened.
  /// - Parameter givesUp: of retriable errors, those that the caller knows a better way for.
  @discardableResult
  public func retryingTransaction<Value: Sendable>(
    _ isolation: Session.Isolation = .readCommitted, backoff: Backoff = Backoff(),
    unless givesUp: (PostgresError) -> Bool = { _ in false }, _ body: @Sendable (Session) throws -> Value
  ) async throws -> Value {
    try await retrying(backoff, unless: givesUp) { try $0.transaction(isolation, body) }
  }

  /// Runs `body`, again after each retriable error. `body` must bear repetition.
  /// - Parameter givesUp: of retriable errors, those that the caller knows a better way for.
  @discardableResult
  public func retrying<Value: Sendable>(
    _ backoff: Backoff = Backoff(), unless givesUp: (PostgresError) -> Bool = { _ in false },
    _ body: @Sendable (Session) throws -> Value
  ) async throws -> Value {
    var (attempt, wait, isOver) = (1, Int?.none, false)
    defer { settings.waits.end(wait, isOver: isOver, logger) }
    while true {
      do {
        let value = try await perform(body)
        isOver = true
        return value
      } catch let error as PostgresError where (error.isRetriable || isRefusedAnew(error)) && !givesUp(error) {
        guard let delay = backoff.delay(afterAttempt: attempt, jitter: .random(in: 0..<1)) else { throw error }
        wait = settings.waits.note(error, of: wait, logger)
        try await Task.sleep(for: delay)
        attempt += 1
      }
    }
  }

  /// Runs one query that only reads, again after each retriable error.
  public func read(_ sql: String, _ parameters: [Parameter] = [], backoff: Backoff) async throws -> Rows {
    try await retrying(backoff) { try $0.query(sql, parameters) }
  }

  /// A server that let us in once and does not any more is being changed: a password, a database that is restored.
  private func isRefusedAnew(_ error: PostgresError) -> Bool { !isFirst && error.kind == .connection }

  /// Lends the session for several statements in a row, outside a transaction.
  @discardableResult
  public func withSession<Value: Sendable>(_ body: @Sendable (Session) throws -> Value) async throws -> Value {
    try await perform(body)
  }

  /// Opens a transaction that stays open as long as the connection does; what follows runs inside it.
  func beginHeldTransaction<Value: Sendable>(_ body: @Sendable (Session) throws -> Value) async throws -> Value {
    holdsTransaction = true
    return try await perform { session in
      try session.run(script: "BEGIN")
      return try body(session)
    }
  }

  /// Ends the connection; a later call opens a new one, unless it does not reconnect.
  public func close() { session = nil }

  /// Lends the session to `body`, with the task's cancellation wired to it.
  private func perform<Value: Sendable>(_ body: (Session) throws -> Value) async throws -> Value {
    try Task.checkCancellation()
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      let session = try connected(cancellation)
      defer { settle(session) }
      return try body(session)
    } onCancel: { [interrupt] in
      cancellation.cancel()
      interrupt.signal()
    }
  }

  private func connected(_ cancellation: Cancellation) throws -> Session {
    if let session, session.isAlive {
      session.cancellation = cancellation
      return session
    }
    guard isFirst || reconnects else {
      throw PostgresError(.usage, "the connection broke, and with it what the session held")
    }
    let opened = try Session(settings, interrupt: interrupt, cancellation: cancellation, logger: logger)
    if !isFirst { logger.info("Postgres: connected again") }
    isFirst = false
    session = opened
    return opened
  }

  /// Leaves no transaction open behind, and no broken session.
  private func settle(_ session: Session) {
    if session.isUsable, session.isInTransaction, !holdsTransaction {
      logger.error("Postgres: a statement opened a transaction outside transaction(); rolled back")
      session.rollBack()
    }
    if !session.isUsable { self.session = nil }
  }
}
