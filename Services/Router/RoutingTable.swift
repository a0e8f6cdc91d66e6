import Concurrency
import SmallModel
import Synchronization

/// The tasks that a router knows, each with the small models in force.
public struct RoutingTable: Sendable {
  /// By task name.
  public var cascades: [String: TaskCascade]
  /// Why tasks wait that have a model in force which cannot be loaded, by task: their samples are neither answered nor
  /// rejected. A task is here or in `cascades`.
  public var held: [String: String] = [:]
  /// What answers beside them, unpublished; a task without shadows is not here.
  public var shadows: [String: [ShadowCascade]] = [:]

  /// A table of cascades by task name: of tasks that answer with labels, and with captions.
  public init(cascades: [String: SmallModelCascade] = [:], captions: [String: CaptionCascade] = [:]) {
    self.cascades = cascades.mapValues(TaskCascade.labels).merging(captions.mapValues(TaskCascade.captions)) { $1 }
  }

  /// Whether samples of a task wait for a model that can be loaded.
  func isHeld(_ task: String) -> Bool { !held.isEmpty && held[task] != nil }

  /// The tasks' names, for messages to people.
  var taskNames: String { cascades.isEmpty ? "none" : cascades.keys.sorted().joined(separator: ", ") }
}

/// The table in force, swapped between two batches.
public final class CurrentRoutingTable: Sendable {
  private let table: Mutex<RoutingTable>
  private let changes = Signal()

  /// Starts with a table, which may be empty.
  public init(_ table: RoutingTable = RoutingTable()) { self.table = Mutex(table) }

  /// Returns once there is a task to route by. For one caller.
  /// - Throws: `CancellationError`.
  func waitForModel() async throws { try await wait { !$0.cascades.isEmpty } }

  /// Returns once the table is as asked for. For one caller at a time.
  /// - Throws: `CancellationError`.
  public func wait(until condition: (RoutingTable) -> Bool) async throws {
    while !condition(value) {
      guard await changes.wait() else { throw CancellationError() }
    }
  }

  /// What the next batch is routed by.
  public var value: RoutingTable { table.withLock { $0 } }

  /// Puts tasks' cascades in force from the next batch on, together; `nil` forgets a task.
  /// - Parameters:
  ///   - shadows: of tasks whose shadows change; none ends a task's shadows.
  ///   - held: why each task waits that does, all of them.
  public func set(
    _ cascades: [String: TaskCascade?], shadows: [String: [ShadowCascade]] = [:], held: [String: String] = [:]
  ) {
    table.withLock { table in
      table.held = held
      for (task, cascade) in cascades { table.cascades[task] = cascade }
      for (task, shadows) in shadows { table.shadows[task] = shadows.isEmpty ? nil : shadows }
    }
    changes.give()
  }
}
