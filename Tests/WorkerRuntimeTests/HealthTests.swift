import Foundation
import Synchronization
import Testing

@testable import WorkerRuntime

@Suite struct HealthTests {
  private static let start = Date(timeIntervalSince1970: 1_795_802_651)

  private func state(_ components: [String: ComponentState], isDraining: Bool = false) -> HealthState {
    var state = HealthState(graceTime: .seconds(30), at: Self.start)
    for (name, component) in components { state.set(name, component) }
    state.isDraining = isDraining
    return state
  }

  @Test(arguments: [
    (ComponentState.ready, true, true, "ok\n"),
    (.starting("no version yet"), true, false, "part: starting since 2026-11-27T18:04:11Z: no version yet\n"),
    (.degraded("one model less"), true, true, "part: degraded since 2026-11-27T18:04:11Z: one model less\n"),
    (.failing("reconnects"), true, true, "part: failing since 2026-11-27T18:04:11Z: reconnects\n"),
    (.failed("fenced"), false, false, "part: failed since 2026-11-27T18:04:11Z: fenced\n"),
  ])
  func whatAStateMeans(component: ComponentState, isAlive: Bool, isReady: Bool, report: String) {
    let state = state(["part": component, "other": .ready])
    #expect(state.isAlive == isAlive)
    #expect(state.isReady == isReady)
    #expect(state.report == report)
    #expect(state.metrics.contains("health_ready \(isReady ? 1 : 0)\n"))
    #expect(state.metrics.contains("health_component{component=\"part\",state=\"\(component.words.kind)\"} 1\n"))
  }

  @Test func drainingIsAliveButNotReady() {
    let state = state(["kafka": .ready], isDraining: true)
    #expect(state.isAlive && !state.isReady)
    #expect(state.report == "draining: shutdown has begun\n")
  }

  /// A worker that has never reached its database is not ready, whatever the grace time is.
  @Test func whatHasNeverWorkedHasNoGraceTime() {
    var state = state(["database": .starting("connects")])
    state.set("database", .failing("connection refused"))
    #expect(!state.isReady)
    state.set("database", .ready)
    state.set("database", .starting("connects anew"))
    state.set("database", .failing("connection refused"))
    #expect(state.isReady)
  }

  /// The grace time runs from the first failure, whatever reasons follow, and starts anew once the part has worked.
  @Test func whatFailsForLongerThanTheGraceTimeIsNotReady() {
    let seconds = Mutex(0.0)
    let health = Health(graceTime: .seconds(30)) { Self.start.addingTimeInterval(seconds.withLock { $0 }) }
    func after(_ time: Double, _ state: ComponentState? = nil) -> HealthState {
      seconds.withLock { $0 = time }
      if let state { health.set("database", state) }
      return health.state
    }
    #expect(after(0, .failing("connection refused")).isReady)
    #expect(after(20, .failing("the server starts up")).isReady)
    #expect(!after(30).isReady)
    #expect(after(30).isAlive)
    #expect(after(30).report == "database: failing since 2026-11-27T18:04:11Z: the server starts up\n")
    #expect(after(31, .ready).isReady)
    #expect(after(40, .failing("connection refused")).isReady)
    #expect(after(69).isReady)
    #expect(!after(70).isReady)
  }
}
