extension Connection {
  /// Asks whether the server answers.
  /// - Parameter backoff: how long a server that is away is waited for; unset, not at all.
  public func ping(backoff: Backoff? = nil) async throws {
    if let backoff { _ = try await read("SELECT 1", backoff: backoff) } else { try await query("SELECT 1") }
  }

  /// A setting of the server, such as `server_version`, as it shows it.
  public func serverSetting(_ name: String, backoff: Backoff = Backoff(attempts: 10)) async throws -> String {
    try await read("SELECT current_setting($1) AS value", [.text(name)], backoff: backoff).one()["value"]
  }

  /// - Throws: `PostgresError` where the database cannot hold every text.
  public func requireUnicode() async throws {
    let encoding = try await serverSetting("server_encoding")
    guard encoding == "UTF8" else {
      throw PostgresError(
        .usage, "the database's encoding is \(encoding), which cannot hold every text",
        hint: "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")
    }
  }
}
