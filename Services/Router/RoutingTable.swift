import SmallModel
import Synchronization

/// The tasks that a router knows, each with the small models in force.
public struct RoutingTable: Sendable {
  /// By task name.
  public var cascades: [String: SmallModelCascade]

  /// A table of cascades by task name.
  public init(cascades: [String: SmallModelCascade] = [:]) { self.cascades = cascades }

  /// The tasks' names, for messages to people.
  var taskNames: String { cascades.isEmpty ? "none" : cascades.keys.sorted().joined(separator: ", ") }
}

/// The table in force, swapped between two batches.
public final class CurrentRoutingTable: Sendable {
  private let table: Mutex<RoutingTable>
  private let (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// Starts with a table, which may be empty.
  public init(_ table: RoutingTable = RoutingTable()) { self.table = Mutex(table) }

  /// Returns once there is a task to route by. For one caller.
  /// - Throws: `CancellationError`.
  func waitForModel() async throws {
    var iterator = changes.makeAsyncIterator()
    while value.cascades.isEmpty {
      guard await iterator.next() != nil else { throw CancellationError() }
    }
  }

  /// What the next batch is routed by.
  public var value: RoutingTable { table.withLock { $0 } }

  /// Puts tasks' cascades in force from the next batch on, together; `nil` forgets a task.
  public func set(_ cascades: [String: SmallModelCascade?]) {
    table.withLock { table in
      for (task, cascade) in cascades { table.cascades[task] = cascade }
    }
    changed.yield()
  }
}
