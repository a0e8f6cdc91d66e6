import Kafka
import Logging
import Messages
import Router
import ServiceLifecycle
import Testing
import TestSupport
import WorkerRuntime

@Suite(.ownTopics) struct ScaleOutTests {
  @Test func tenRoutersShareThePartitionsAndOthersTakeOverForTheOneThatDies() async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with(partitions: 12) { rig in
      let routers = (0..<9).map { _ in rig.router(table) }
      let services: [any Service] = [try rig.recorder(), try rig.largeModelWorker(), SideBySide(services: routers)]
      try await rig.running(services) {
        try await withThrowingTaskGroup(of: Void.self) { group in
          // Cancelled, not shut down: it drops what it has, as a killed process does.
          let doomed = rig.router(table)
          group.addTask {
            do { try await doomed.run() } catch is CancellationError {}
          }
          try await rig.push(0..<3000)
          try await eventually("the first thousand", within: .seconds(120)) { try await rig.count("results") > 1000 }
          group.cancelAll()
          try await group.waitForAll()
        }
        try await rig.push(3000..<6000)
        try await eventually("6000 rows", within: .seconds(120)) { try await rig.count("results") == 6000 }
      }
      #expect(try await rig.count("results WHERE label = true_label") == 6000)
    }
  }
}

/// Ten processes that are told to end at once. A group of services ends one after the other, and each that leaves a
/// consumer group is a rebalance for all that stay: some 5 s each in the embedded broker.
private struct SideBySide: Service {
  let services: [any Service]

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services { group.addTask { try await service.run() } }
      try await group.waitForAll()
    }
  }
}
