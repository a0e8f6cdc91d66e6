import Testing
import WorkerRuntime

@Suite struct HealthTests {
  private func state(_ components: [String: ComponentState], isDraining: Bool = false) -> HealthState {
    var state = HealthState()
    state.components = components
    state.isDraining = isDraining
    return state
  }

  @Test func startingIsAliveButNotReady() {
    let state = state(["kafka": .ready, "model": .starting("no version yet")])
    #expect(state.isAlive)
    #expect(!state.isReady)
    #expect(state.report == "model: starting: no version yet\n")
  }

  @Test func degradedStaysReadyAndSaysSo() {
    let state = state(["database": .degraded("reconnects")])
    #expect(state.isAlive && state.isReady)
    #expect(state.report == "database: degraded: reconnects\n")
  }

  @Test func failedIsNeither() {
    let state = state(["kafka": .failed("fenced"), "model": .ready])
    #expect(!state.isAlive && !state.isReady)
  }

  @Test func drainingIsAliveButNotReady() {
    let state = state(["kafka": .ready], isDraining: true)
    #expect(state.isAlive && !state.isReady)
    #expect(state.report == "draining: shutdown has begun\n")
  }

  @Test func allReadyIsOk() { #expect(state(["a": .ready]).isReady && state(["a": .ready]).report == "ok\n") }
}
