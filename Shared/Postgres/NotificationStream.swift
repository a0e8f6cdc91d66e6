import CLibpq
import DedicatedThread
import Foundation
import Logging

/// What a listener hears.
public enum NotificationEvent: Sendable, Equatable {
  /// Listening began, at first or after the connection came back: what was notified before may have been missed, so
  /// read the tables now.
  case listening
  /// `NOTIFY channel, payload`.
  case notification(channel: String, payload: String)
}

/// LISTEN as a sequence. It has a connection and a thread of its own, sleeps on the socket, connects again with
/// backoff, and ends when its task is cancelled.
///
///     for try await event in NotificationStream(settings, channels: ["model_versions"]) { … }
///
/// One iteration at a time; it throws only what trying again cannot mend, such as a wrong password.
public struct NotificationStream: AsyncSequence, Sendable {
  private let listener: NotificationListener

  /// A stream that connects when it is first asked for an element.
  public init(
    _ settings: PostgresSettings, channels: [String], backoff: Backoff = Backoff(),
    logger: Logger = Logger(label: "postgres")
  ) throws {
    listener = try NotificationListener(settings, channels: channels, backoff: backoff, logger: logger)
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
  private let backoff: Backoff
  private let logger: Logger
  private let interrupt: Interrupt
  private var session: Session?
  private var heard: [NotificationEvent] = []

  init(_ settings: PostgresSettings, channels: [String], backoff: Backoff, logger: Logger) throws {
    self.settings = settings
    self.channels = channels
    self.backoff = backoff
    self.logger = logger
    interrupt = try Interrupt()
  }

  func next() async throws -> NotificationEvent {
    var failures = 0
    while true {
      try Task.checkCancellation()
      do { return try await event() } catch let error as PostgresError
        where error.isRetriable
      {
        session = nil
        failures += 1
        guard let delay = backoff.delay(afterAttempt: failures, jitter: .random(in: 0..<1)) else { throw error }
        logger.warning("\(error); listening again in \(delay)")
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
    while heard.isEmpty { heard = try session.waitForNotifications() }
    return heard.removeFirst()
  }

  private func listen(_ cancellation: Cancellation) throws -> NotificationEvent {
    heard = []
    let opened = try Session(settings, interrupt: interrupt, cancellation: cancellation, logger: logger)
    for channel in channels { try opened.run(script: "LISTEN \(Session.quoted(channel))") }
    session = opened
    return .listening
  }
}

extension Session {
  /// Waits on the socket for notifications; may return none.
  fileprivate func waitForNotifications() throws -> [NotificationEvent] {
    var events = pendingNotifications()
    guard events.isEmpty else { return events }
    try wait(for: POLLIN)
    guard PQconsumeInput(handle) == 1 else { throw connectionError() }
    events = pendingNotifications()
    return events
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
