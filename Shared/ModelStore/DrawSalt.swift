import Postgres

extension ModelStore {
  /// The number that this deployment salts its draws with, so that who chooses the samples' ids does not choose what is
  /// audited, taught and held out.
  public func drawSalt() async throws -> UInt64 {
    let salt: Int = try await read("SELECT salt FROM draw_salt").one()["salt"]
    return UInt64(bitPattern: Int64(salt))
  }
}
