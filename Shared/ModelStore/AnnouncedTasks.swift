import Postgres

extension ModelStore {
  /// Lets routers take a task's samples before it has a small model: all of them go to the large model. It lasts, so that
  /// a task whose specific model is taken out of force goes on likewise.
  public func announce(task: String) async throws {
    try await connection.retryingTransaction(backoff: backoff) { session in
      try session.execute("INSERT INTO announced_tasks (task) VALUES ($1) ON CONFLICT DO NOTHING", [.text(task)])
      try session.query("SELECT pg_notify($1, $2)", [.text(Self.channel), .text(task)])
    }
  }
}

extension Session {
  /// The tasks that do without a small model.
  func announcedTasks() throws -> Set<String> {
    Set(try query("SELECT task FROM announced_tasks").map { try $0["task"] })
  }
}
