import Foundation
import Logging
import ModelStore
import Postgres
import ServiceLifecycle

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
    do {
      try await cancelWhenGracefulShutdown {
        while true {
          try await Task.sleep(for: Self.interval)
          await write()
        }
      }
    } catch is CancellationError {
      logger.debug("stops writing what shadows saw")
    }
    await write()
  }

  private func write() async {
    for (model, sums) in ledger.take() {
      do { try await store.add(sums, model: model, at: Date()) } catch let error as PostgresError
        where error.fault == .data
      {
        logger.error("what shadow \(model) saw cannot be written: \(error)")
      } catch {
        logger.warning("what shadow \(model) saw waits to be written: \(error)")
        ledger.add([model: sums])
      }
    }
    let counted = probes.take()
    do { try await store.add(counted) } catch {
      logger.warning("how many samples were routed waits to be written: \(error)")
      probes.giveBack(counted)
    }
  }
}
