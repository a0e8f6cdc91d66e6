import Foundation
import Logging
import ModelStore
import Postgres
import ServiceLifecycle
import WorkerRuntime

/// Writes what the router saw of shadows, and how many samples it routed, to the model store, each second and at the end.
/// Where the database is away both wait; routing does not.
public struct ShadowRecorder: Service {
  private let ledger: ShadowLedger
  private let probes: RoutingProbes
  private let store: ModelStore
  private let logger: Logger
  private static let interval = Duration.seconds(1)

  /// Writes `ledger` and `probes` to `store`. It stands before the router in a runtime, so that it ends after it.
  public init(
    ledger: ShadowLedger, probes: RoutingProbes = RoutingProbes(), store: ModelStore, logger: Logger
  ) {
    self.ledger = ledger
    self.probes = probes
    self.store = store
    self.logger = logger
  }

  /// Writes until a graceful shutdown, then once more.
  public func run() async throws {
    try await untilShutdown {
      var failure: String?
      while true {
        try await Task.sleep(for: Self.interval)
        failure = await write(afterFailure: failure)
      }
    }
    _ = await write(afterFailure: nil)
  }

  /// - Parameter last: what went wrong the last time; the same is not told again each second.
  /// - Returns: what waits to be written, and why; `nil` where nothing does.
  private func write(afterFailure last: String?) async -> String? {
    var failure: String?
    for (model, sums) in ledger.take() {
      do { try await store.add(sums, model: model, at: Date()) } catch let error as PostgresError
        where error.fault == .data
      {
        logger.error("what shadow \(model) saw cannot be written: \(error)")
      } catch {
        failure = "what shadows saw waits to be written: \(error)"
        ledger.add([model: sums])
      }
    }
    let counted = probes.take()
    do { try await store.add(counted) } catch {
      failure = "how many samples were routed waits to be written: \(error)"
      probes.giveBack(counted)
    }
    if let failure, failure != last { logger.warning("\(failure)") }
    return failure
  }
}
