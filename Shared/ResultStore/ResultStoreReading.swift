import Postgres

extension ResultStore {
  /// The answer to a sample, `nil` where there is none yet.
  public func answer(task: String, id: String) async throws -> ResultRow? {
    try await read("SELECT * FROM results WHERE task = $1 AND id = $2", [.text(task), .text(id)])
      .first.map { try ResultRow($0, isAudit: false) }
  }

  /// The large model's opinion of a sample that a small one has answered.
  public func audit(task: String, id: String) async throws -> ResultRow? {
    try await read("SELECT * FROM audits WHERE task = $1 AND id = $2", [.text(task), .text(id)])
      .first.map { try ResultRow($0, isAudit: true) }
  }
}
