import CLibpq
import Concurrency
import Foundation
import Logging

/// What a listener hears.
public enum NotificationEvent: Sendable, Equatable {
  /// Listening began, at first or after the connection came back: what was notified before may have been missed, so
  /// read the tables now.
  case listening
  /// Nothing was heard for a while: look at the tables all the same, for a pooler between us and the server may hand
  /// the connection on after each transaction, and the listener with it.
  case quiet
  /// `NOTIFY channel, payload`.
  case notification(channel: String, payload: String)
}

/// LISTEN as a sequence. It has a connection and a thread of its own, sleeps on the socket, connects again with
/// backoff, says after each `quiet` without news that there was none, and ends when its task is cancelled. Where LISTEN
/// itself is refused, as by some poolers, only that is left.
///
///     for try await event in NotificationStream(settings, channels: ["model_versions"]) { … }
///
/// One iteration at a time; it throws only what trying again cannot mend, such as a wrong password.
public struct NotificationStream: AsyncSequence, Sendable {
  private let listener: NotificationListener

  /// A stream that connects when it is first asked for an element.
  /// - Parameter quiet: how long nothing is heard before it says so.
  public init(
    _ settings: PostgresSettings, channels: [String], quiet: Duration = .seconds(30), backoff: Backoff = Backoff(),
    logger: Logger = Logger(label: "postgres")
  ) throws {
    listener = try NotificationListener(
      settings, channels: channels, quiet: quiet, backoff: backoff, logger: logger)
  }

  /// Starts to listen with the first element that is asked for.
  public func makeAsyncIterator() -> Iterator { Iterator(listener: listener) }

  /// Reads the stream.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let listener: NotificationListener

    /// The next event; `nil` once the task is cancelled.
    public func next() async throws -> NotificationEvent? {
      do { return try await listener.next() } catch is CancellationError { return nil }
    }
  }
}

/// The stream's connection. It blocks its own thread while it waits, so nothing else may be asked of it.
private actor NotificationListener {
  private nonisolated let thread = DedicatedThread(name: "postgres-listen")
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let settings: PostgresSettings
  private let channels: [String]
  private let quiet: Duration
  private let backoff: Backoff
  private let logger: Logger
  private let interrupt: Interrupt
  private var session: Session?
  private var hasConnected = false
  private var heard: [NotificationEvent] = []

  init(
    _ settings: PostgresSettings, channels: [String], quiet: Duration, backoff: Backoff, logger: Logger
  ) throws {
    self.settings = settings
    self.channels = channels
    self.quiet = quiet
    self.backoff = backoff
    self.logger = logger
    interrupt = try Interrupt()
  }

  func next() async throws -> NotificationEvent {
    var (failures, wait, isOver) = (0, Int?.none, false)
    defer { settings.waits.end(wait, isOver: isOver, logger) }
    while true {
      try Task.checkCancellation()
      do {
        let event = try await event()
        isOver = true
        return event
      } catch let error as PostgresError where error.isRetriable || (hasConnected && error.kind == .connection) {
        session = nil
        failures += 1
        guard let delay = backoff.delay(afterAttempt: failures, jitter: .random(in: 0..<1)) else { throw error }
        wait = settings.waits.note(error, of: wait, logger)
        try await Task.sleep(for: delay)
      }
    }
  }

  private func event() async throws -> NotificationEvent {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      // Only a closure that uses `self` is the actor's; another would block a thread of the cooperative pool.
      try wait(cancellation: cancellation)
    } onCancel: { [interrupt] in
      cancellation.cancel()
      interrupt.signal()
    }
  }

  private func wait(cancellation: Cancellation) throws -> NotificationEvent {
    guard let session, session.isUsable else { return try listen(cancellation) }
    session.cancellation = cancellation
    let deadline = ContinuousClock.now + quiet
    while heard.isEmpty {
      guard try session.waitForNotifications(&heard, until: deadline) else { return .quiet }
    }
    return heard.removeFirst()
  }

  private func listen(_ cancellation: Cancellation) throws -> NotificationEvent {
    heard = []
    let opened = try Session(settings, interrupt: interrupt, cancellation: cancellation, logger: logger)
    do {
      for channel in channels { try opened.run(script: "LISTEN \(Session.quoted(channel))") }
    } catch let error as PostgresError where error.kind == .server {
      // A pooler, or a standby.
      logger.warning("notifications cannot be heard, tables are looked at every \(quiet) instead: \(error)")
    }
    session = opened
    hasConnected = true
    return .listening
  }
}

extension Session {
  /// Waits on the socket for notifications; may add none.
  /// - Returns: whether something came before the deadline.
  fileprivate func waitForNotifications(
    _ heard: inout [NotificationEvent], until deadline: ContinuousClock.Instant
  ) throws -> Bool {
    heard = pendingNotifications()
    guard heard.isEmpty else { return true }
    guard try hasInput(POLLIN, before: deadline) else { return false }
    guard PQconsumeInput(handle) == 1 else { throw connectionError() }
    heard = pendingNotifications()
    return true
  }

  private func pendingNotifications() -> [NotificationEvent] {
    var events: [NotificationEvent] = []
    // Each notification is ours to free.
    while let notification = PQnotifies(handle) {
      defer { PQfreemem(notification) }
      events.append(
        .notification(
          channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra)))
    }
    return events
  }
}
