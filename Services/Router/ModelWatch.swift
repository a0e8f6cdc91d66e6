import Foundation
import Logging
import ModelStore
import Postgres
import ServiceLifecycle
import SmallModel
import WorkerRuntime

/// Keeps a routing table at the versions in force: all of them at the start, then each promotion and rollback as the
/// store says so. A version that cannot be loaded is refused, and the one before stays.
public struct ModelWatch: Service {
  private let store: ModelStore
  private let table: CurrentRoutingTable
  private let health: Health
  private let logger: Logger

  /// Watches `store` for `table`.
  public init(store: ModelStore, table: CurrentRoutingTable, health: Health, logger: Logger) {
    self.store = store
    self.table = table
    self.health = health
    self.logger = logger
    health.set("models", .starting("loads the versions in force"))
  }

  /// Watches until a graceful shutdown.
  /// - Throws: `PostgresError` that trying again cannot mend.
  public func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await watch() }
    } catch is CancellationError {
      logger.debug("stops watching the model store")
    }
  }

  private func watch() async throws {
    var loaded: [String: [[Int]]] = [:]
    for try await serving in try store.changes() {
      let tasks = Set(serving.active.keys.map(\.task)).union(loaded.keys)
      var (refusals, ready) = ([String](), [String: SmallModelCascade?]())
      var shadows: [String: [ShadowCascade]] = [:]
      for task in tasks.sorted() {
        let wanted = ModelRole.cascade.compactMap { serving.active[ModelSlot(task: task, role: $0)] }
        let beside = serving.shadows.filter { $0.slot.task == task && ModelRole.cascade.contains($0.slot.role) }
        let numbers = [wanted.map(\.id), beside.map(\.id)]
        guard numbers != loaded[task] else { continue }
        do {
          if numbers.first != loaded[task]?.first {
            ready.updateValue(try await cascade(of: wanted), forKey: task)
            let names = wanted.map(\.description.version).joined(separator: ", ")
            logger.notice("task \(task) is answered by \(names.isEmpty ? "no model" : names) from the next batch on")
          }
          shadows[task] = try await self.shadows(beside, of: wanted, &refusals)
          loaded[task] = numbers
        } catch let error where !(error is CancellationError || error is PostgresError) {
          refusals.append("task \(task): \(error)")
          logger.error("a version of task \(task) was refused, the one before stays: \(error)")
        }
      }
      // All at once: a router that knew only some of the tasks would reject the others' samples.
      table.set(ready, shadows: shadows)
      report(refusals, hasModels: !serving.active.isEmpty)
    }
  }

  /// Shadows, each in its place among the versions in force. One that cannot be loaded is left out.
  private func shadows(
    _ versions: [ModelVersion], of active: [ModelVersion], _ refusals: inout [String]
  ) async throws -> [ShadowCascade] {
    var shadows: [ShadowCascade] = []
    for version in versions {
      let members = ModelRole.cascade.compactMap { role in
        version.slot.role == role ? version : active.first { $0.slot.role == role }
      }
      do {
        guard let cascade = try await cascade(of: members) else { continue }
        shadows.append(ShadowCascade(model: version.id, cascade: cascade))
        logger.notice("\(version.description.version) answers task \(version.slot.task) as a shadow")
      } catch let error where !(error is CancellationError || error is PostgresError) {
        refusals.append("shadow \(version.description.version): \(error)")
        logger.error("shadow \(version.description.version) was refused: \(error)")
      }
    }
    return shadows
  }

  private func report(_ refusals: [String], hasModels: Bool) {
    if !hasModels {
      health.set("models", .starting("no model is in force; 'shunt models promote' puts one there"))
    } else if refusals.isEmpty {
      health.set("models", .ready)
    } else {
      health.set("models", .degraded(refusals.joined(separator: "; ")))
    }
  }

  /// - Returns: `nil` where no specific model is in force: then the task is not answered at all.
  private func cascade(of versions: [ModelVersion]) async throws -> SmallModelCascade? {
    guard versions.first?.slot.role == .specific else { return nil }
    var artifacts: [SmallModelCascade.Stored] = []
    for version in versions {
      let bytes = try await store.artifact(of: version.id)
      let artifact = try SmallModelArtifact(data: Data(bytes), name: version.description.version)
      artifacts.append((version.slot.role == .specific ? .specific : .learnable, artifact))
    }
    return try SmallModelCascade(artifacts)
  }
}

extension ModelRole {
  /// The roles that answer in the router, in the cascade's order.
  fileprivate static let cascade: [ModelRole] = [.specific, .learnable]
}
