import Cascade
import ModelStore
import Postgres
import TestSupport

/// Runs `body` with a store on a migrated database of its own.
func withModels<Value>(_ body: (ModelStore, PostgresSettings) async throws -> Value) async throws -> Value {
  let migrated = PostgresTestTemplate("models") { try await ModelSchema.migrate($0) }
  return try await PostgresTestDatabase.with(migrated) { settings in
    try await body(ModelStore(settings), settings)
  }
}

let learnable = ModelSlot(task: "intents", role: .learnable)

extension ModelStore {
  /// A candidate of the task `intents` with a few bytes of its own.
  func candidate(_ version: String, role: AnsweredBy = .learnable) async throws -> Int {
    let description = ModelDescription(task: "intents", role: role, version: version)
    return try await register(description, artifact: Array(version.utf8), who: "test").id
  }

  /// The active learnable version of `intents`.
  func activeVersion() async throws -> String? {
    try await serving().active[learnable]?.description.version
  }
}
