import CLibpq
import Concurrency
import Foundation
import Logging

/// One connection, used from one thread: every method blocks that thread, and no other statement can come between
/// two calls that follow each other. `Connection` lends it out.
public final class Session {
  /// Owned: made by `PQconnectStartParams`, ended by `PQfinish` in deinit.
  let handle: OpaquePointer
  private let interrupt: Interrupt
  /// The running operation's; set by `Connection` before it lends the session.
  var cancellation = Cancellation()
  /// False after a cancellation in mid-statement, when what the server sends next belongs to nobody.
  private var isInStep = true
  private let notices: NoticeLog

  init(_ settings: PostgresSettings, interrupt: Interrupt, cancellation: Cancellation, logger: Logger) throws {
    self.interrupt = interrupt
    self.cancellation = cancellation
    notices = NoticeLog(logger)
    handle = try Self.start(settings)
    try finishConnecting(settings)
    // The log lives as long as the session, so libpq may keep its address unretained.
    PQsetNoticeReceiver(handle, NoticeLog.receive, Unmanaged.passUnretained(notices).toOpaque())
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    if let timeout = settings.statementTimeout {
      try query("SELECT set_config('statement_timeout', $1, false)", [.text("\(timeout.wholeMilliseconds)")])
    }
  }

  deinit { PQfinish(handle) }

  /// Whether statements may still be sent.
  public var isUsable: Bool { isInStep && PQstatus(handle) == CONNECTION_OK }

  /// Whether the server has not ended the connection while it lay idle (`idle_session_timeout`, a restart): its last
  /// words then wait in the socket.
  var isAlive: Bool {
    var polled = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    while isUsable, poll(&polled, 1, 0) > 0 {
      guard PQconsumeInput(handle) == 1 else { return false }
      // Reads what has come; what comes unasked goes to the notices.
      _ = PQisBusy(handle)
    }
    return isUsable && !notices.hasEnded
  }

  /// Whether a transaction is open, or failed and not yet rolled back.
  var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

  /// Runs one statement and returns its rows.
  /// - Parameters:
  ///   - sql: one statement; values only as `$1`, `$2` ….
  ///   - parameters: the values, in their order.
  /// - Throws: `PostgresError`; `CancellationError` where the task was cancelled, which ends the connection.
  @discardableResult
  public func query(_ sql: String, _ parameters: [Parameter] = []) throws -> Rows {
    try checkUsable()
    let encoded = EncodedParameters(parameters)
    let sent = encoded.withValues { values in
      // libpq has copied everything into its buffer when the call returns; 1: results in binary.
      PQsendQueryParams(
        handle, sql, Int32(values.count), encoded.types, values, encoded.lengths, encoded.formats, 1)
    }
    guard sent != 0 else { throw connectionError() }
    return Rows(try lastResult())
  }

  /// Runs one statement.
  /// - Returns: how many rows it touched.
  @discardableResult
  public func execute(_ sql: String, _ parameters: [Parameter] = []) throws -> Int {
    try query(sql, parameters).affected
  }

  /// Runs a script of several statements, which takes no parameters. Never build one from data.
  public func run(script sql: String) throws {
    try checkUsable()
    guard PQsendQuery(handle, sql) != 0 else { throw connectionError() }
    _ = try lastResult()
  }

  /// Runs `body` in a transaction: commits what it returns, rolls back what it throws.
  /// - Throws: what `body` throws; `PostgresError` where the commit fails or a transaction is already open.
  public func transaction<Value>(_ isolation: Isolation = .readCommitted, _ body: (Session) throws -> Value) throws
    -> Value
  {
    guard !isInTransaction else { throw PostgresError(.usage, "a transaction is already open on this connection") }
    try run(script: "BEGIN ISOLATION LEVEL \(isolation.rawValue)")
    do {
      let value = try body(self)
      try commit()
      return value
    } catch {
      rollBack()
      throw error
    }
  }

  /// How far a transaction sees what others do meanwhile.
  public enum Isolation: String, Sendable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "READ COMMITTED"
    /// All statements see one snapshot.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after the other; may fail with a retriable error.
    case serializable = "SERIALIZABLE"
  }

  // MARK: Inside a transaction

  private func commit() throws {
    // A transaction in which a statement failed answers COMMIT with ROLLBACK, and no error.
    let result = try query("COMMIT")
    guard result.command == "COMMIT" else {
      throw PostgresError(.usage, "a statement failed inside the transaction and the failure was swallowed")
    }
  }

  /// Rolls back; a connection on which that fails is not used again, so the server rolls back for us.
  func rollBack() {
    guard isUsable, isInTransaction else { return }
    // The rollback must run although the task is cancelled.
    cancellation = Cancellation()
    do { try run(script: "ROLLBACK") } catch { isInStep = false }
  }

  // MARK: Waiting

  func checkUsable() throws {
    if cancellation.isCancelled { throw CancellationError() }
    guard isUsable else { throw connectionError() }
  }

  /// Reads results up to the end of the statement; the first error among them is thrown.
  func lastResult() throws -> QueryResult {
    var (last, failed) = (QueryResult?.none, QueryResult?.none)
    while let result = try nextResult() {
      switch result.status {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: break
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        // The statement stays open until its data end, which only `copy` sends.
        isInStep = false
        throw PostgresError(.usage, "COPY is sent by copy(into:columns:from:), not as a query")
      default: failed = failed ?? result
      }
      last = result
    }
    // Only at the end: what broke the connection comes before the end of the connection.
    if let failed { throw failed.error(isConnectionBroken: PQstatus(handle) == CONNECTION_BAD) }
    guard let last else { throw connectionError() }
    return last
  }

  /// The running statement's next result, `nil` at its end. The result is ours from here on.
  func nextResult() throws -> QueryResult? {
    while PQisBusy(handle) != 0 {
      try wait(for: POLLIN)
      // A broken connection shows as an error result below.
      PQconsumeInput(handle)
    }
    return PQgetResult(handle).map(QueryResult.init(owning:))
  }

  /// Waits for the socket or a cancellation.
  /// - Throws: `PostgresError` at the deadline.
  func wait(for events: Int32, until deadline: ContinuousClock.Instant? = nil) throws {
    guard try hasInput(events, before: deadline) else {
      throw PostgresError(.connection, "no answer in time from \(target)")
    }
  }

  /// Waits for the socket or a cancellation.
  /// - Returns: false at the deadline.
  func hasInput(_ events: Int32, before deadline: ContinuousClock.Instant?) throws -> Bool {
    while true {
      var polled = [
        pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0),
        pollfd(fd: interrupt.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      let milliseconds = deadline.map { max(0, (ContinuousClock.now.duration(to: $0)).wholeMilliseconds) } ?? -1
      let ready = poll(&polled, 2, Int32(clamping: milliseconds))
      if ready < 0 && errno != EINTR {
        throw PostgresError(.connection, "poll: \(String(cString: strerror(errno)))")
      }
      if polled[1].revents != 0 { interrupt.drain() }
      if cancellation.isCancelled { try abandon() }
      if polled[0].revents != 0 { return true }
      if let deadline, ContinuousClock.now >= deadline { return false }
    }
  }

  /// Asks the server to end the running statement, and gives the connection up: a request that arrives late must not
  /// hit the next statement. One that arrives before its statement does nothing, so it is repeated.
  private func abandon() throws {
    isInStep = false
    guard PQtransactionStatus(handle) == PQTRANS_ACTIVE else { throw CancellationError() }
    for _ in 0..<Self.cancelRequests {
      requestCancel()
      var answer = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      // Whatever comes now is the statement's end, or the connection's.
      if poll(&answer, 1, Self.cancelPatience) != 0 { break }
    }
    throw CancellationError()
  }

  private static let cancelRequests = 20
  /// In milliseconds.
  private static let cancelPatience: Int32 = 100

  private func requestCancel() {
    guard let request = PQgetCancel(handle) else { return }
    defer { PQfreeCancel(request) }
    var message = [CChar](repeating: 0, count: 256)
    // A request that fails is followed by another; the last one's statement ends with its own time limit.
    _ = PQcancel(request, &message, Int32(message.count))
  }

  /// Gives the connection up after a call that failed in the middle of a statement.
  func lost() -> PostgresError {
    defer { isInStep = false }
    return connectionError()
  }

  /// The connection's own message, where a call failed without a result.
  func connectionError() -> PostgresError {
    guard isInStep else { return PostgresError(.connection, "the connection was given up") }
    let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    return PostgresError(.connection, text.isEmpty ? "the connection is closed" : Self.firstLine(text))
  }
}
