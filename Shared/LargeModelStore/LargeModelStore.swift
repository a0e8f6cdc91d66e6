import Postgres

/// What the large-model workers of a task know together: leases, spending, moves of the threshold, cached answers.
public struct LargeModelStore: Sendable {
  let connection: Connection
  let backoff: Backoff

  /// A store on a connection of its own; `LargeModelSchema.migrate` must have run.
  /// - Parameter backoff: how long a call outlasts a server that is away; short, because samples wait meanwhile.
  public init(_ connection: Connection, backoff: Backoff = Backoff(attempts: 5)) {
    self.connection = connection
    self.backoff = backoff
  }
}
