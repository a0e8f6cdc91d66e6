import Cascade
import Logging
import Metrics
import ModelRegistry
import ModelStore
import Postgres
import ServiceLifecycle
import SmallModel
import WorkerRuntime

/// Keeps a routing table at the versions in force: all of them at the start, then each promotion and rollback as the
/// store says so. A version that cannot be loaded is refused, and the one before stays; where there is none before, S1
/// answers alone, and a task whose S1 it is waits. An announced task without an S1 is answered by the large model alone.
public struct ModelWatch: Service {
  private let registry: ModelRegistry
  private let table: CurrentRoutingTable
  private let health: Health
  private let logger: Logger

  /// Watches the store of `registry` for `table`.
  public init(registry: ModelRegistry, table: CurrentRoutingTable, health: Health, logger: Logger) {
    self.registry = registry
    self.table = table
    self.health = health
    self.logger = logger
    health.set("models", .starting("loads the versions in force"))
  }

  /// Watches until a graceful shutdown.
  /// - Throws: `PostgresError` that trying again cannot mend.
  public func run() async throws {
    _ = try await untilShutdown { try await watch() }
  }

  /// The versions that a task's cascades were made of.
  private struct Versions: Equatable {
    let active: [Int]
    let shadows: [Int]
    let isAnnounced: Bool
    let thresholds: [Int: Float]
  }

  /// What changes in the table, and what was refused.
  private struct Changes {
    var cascades: [String: TaskCascade?] = [:]
    var shadows: [String: [ShadowCascade]] = [:]
    /// Of tasks with a version that was refused.
    var refusals: [String: String] = [:]
  }

  private func watch() async throws {
    var loaded: [String: Versions] = [:]
    for try await serving in try registry.store.changes() {
      var changes = Changes()
      let tasks = Set(serving.active.keys.map(\.task)).union(serving.announced).union(loaded.keys)
        .union(table.value.held.keys)
      for task in tasks.sorted() {
        do {
          loaded[task] = try await load(task, of: serving, after: loaded[task], into: &changes)
        } catch let error where !(error is CancellationError || error is PostgresError) {
          changes.refusals[task] = "\(error)"
          try await refuse(task, of: serving, because: error, into: &changes)
        }
      }
      let held = changes.refusals.filter { changes.cascades[$0.key] == nil && table.value.cascades[$0.key] == nil }
      // All at once: a router that knew only some of the tasks would reject the others' samples.
      table.set(changes.cascades, shadows: changes.shadows, held: held)
      report(changes.refusals, held: held, of: tasks, hasModels: !serving.active.isEmpty || !serving.announced.isEmpty)
    }
  }

  /// Notes that a version in force cannot be loaded. Where none answers so far, S1 does by itself, if it can be loaded.
  private func refuse(
    _ task: String, of serving: ServingModels, because error: any Error, into changes: inout Changes
  ) async throws {
    guard table.value.cascades[task] == nil else {
      return logger.error("a version of task \(task) was refused, the one before stays: \(error)")
    }
    let versions = serving.smallModels(of: task)
    guard versions.count > 1, let specific = versions.first, specific.slot.role == .specific else {
      return logger.error("the version of task \(task) was refused, and its samples wait for another: \(error)")
    }
    do {
      changes.cascades.updateValue(try await registry.cascade([specific], thresholds: serving.thresholds), forKey: task)
      logger.error("a version of task \(task) was refused, \(specific.description.version) answers alone: \(error)")
    } catch let error where !(error is CancellationError || error is PostgresError) {
      logger.error("no version of task \(task) can be loaded, and its samples wait for another: \(error)")
    }
  }

  /// Loads what of a task is not loaded yet.
  /// - Throws: what is wrong with a version in force; a shadow that is wrong is left out.
  private func load(
    _ task: String, of serving: ServingModels, after loaded: Versions?, into changes: inout Changes
  ) async throws -> Versions {
    let active = serving.smallModels(of: task)
    let shadows = serving.shadows.filter { $0.slot.task == task && AnsweredBy.smallModels.contains($0.slot.role) }
    let versions = Versions(
      active: active.map(\.id), shadows: shadows.map(\.id), isAnnounced: serving.announced.contains(task),
      thresholds: serving.thresholds.filter { threshold in active.contains { $0.id == threshold.key } })
    guard versions != loaded else { return versions }
    if versions.active != loaded?.active || versions.isAnnounced != loaded?.isAnnounced
      || versions.thresholds != loaded?.thresholds
    {
      let cascade =
        try await registry.cascade(active, thresholds: versions.thresholds)
        ?? (versions.isAnnounced ? TaskCascade.labels(.none) : nil)
      changes.cascades.updateValue(cascade, forKey: task)
      logger.notice(
        "task \(task) is answered by \(Self.answering(cascade, isRaised: !versions.thresholds.isEmpty)) from the next batch on"
      )
    }
    changes.shadows[task] = try await self.shadows(
      shadows, of: active, thresholds: versions.thresholds, &changes.refusals)
    return versions
  }

  /// - Parameter isRaised: whether a model answers at another δ than its card's.
  private static func answering(_ cascade: TaskCascade?, isRaised: Bool) -> String {
    guard let stages = cascade?.stages else { return "no model" }
    if stages.isEmpty { return "the large model alone" }
    return stages.map { isRaised ? "\($0.version) from δ \($0.threshold) on" : $0.version }.joined(separator: ", ")
  }

  /// Shadows, each in its place among the versions in force. One that cannot be loaded is left out.
  private func shadows(
    _ versions: [ModelVersion], of active: [ModelVersion], thresholds: [Int: Float], _ refusals: inout [String: String]
  ) async throws -> [ShadowCascade] {
    var shadows: [ShadowCascade] = []
    for version in versions {
      let members = AnsweredBy.smallModels.compactMap { role in
        version.slot.role == role ? version : active.first { $0.slot.role == role }
      }
      do {
        guard let members = try await registry.cascade(members, thresholds: thresholds) else { continue }
        guard case .labels(let cascade) = members else {
          throw SmallModelError(
            "a shadow is watched by how often its labels agree; captions have none, promote it or reject it")
        }
        shadows.append(ShadowCascade(model: version.id, cascade: cascade))
        logger.notice("\(version.description.version) answers task \(version.slot.task) as a shadow")
      } catch let error where !(error is CancellationError || error is PostgresError) {
        refusals[version.slot.task] = "shadow \(version.description.version): \(error)"
        logger.error("shadow \(version.description.version) was refused: \(error)")
      }
    }
    return shadows
  }

  private func report(
    _ refusals: [String: String], held: [String: String], of tasks: Set<String>, hasModels: Bool
  ) {
    for task in tasks {
      Gauge(label: "shunt_router_version_refused", dimensions: [("task", task)]).record(refusals[task] == nil ? 0 : 1)
      if let reason = held[task] {
        health.hold(task, "model", because: "\(reason); promote another version, or roll back")
      } else {
        health.release(task, "model")
      }
    }
    if !hasModels {
      health.set("models", .starting("no model is in force; 'shunt models promote' puts one there"))
    } else if refusals.isEmpty {
      health.set("models", .ready)
    } else {
      let reasons = refusals.sorted { $0.key < $1.key }.map { "task \($0.key): \($0.value)" }
      health.set("models", .degraded(reasons.joined(separator: "; ")))
    }
  }
}
