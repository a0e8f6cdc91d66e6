import Cascade
import Postgres

/// The versions that routers load.
public struct ServingModels: Sendable, Equatable {
  /// Those that answer.
  public let active: [ModelSlot: ModelVersion]
  /// Those that answer beside them, unpublished; by number.
  public let shadows: [ModelVersion]
  /// Tasks that do without a small model.
  public let announced: Set<String>
  /// δ of versions that answer at another than the one they were calibrated to, by number.
  public let thresholds: [Int: Float]

  /// The small models of a task that answer, in the order in which they are asked.
  public func smallModels(of task: String) -> [ModelVersion] {
    AnsweredBy.smallModels.compactMap { active[ModelSlot(task: task, role: $0)] }
  }

  /// What a router loads; what else is known of the versions does not change it.
  fileprivate struct Identity: Equatable {
    let active: [Int]
    let shadows: [Int]
    let announced: Set<String>
    let thresholds: [Int: Float]
  }

  fileprivate var identity: Identity {
    Identity(
      active: active.values.map(\.id).sorted(), shadows: shadows.map(\.id), announced: announced,
      thresholds: thresholds)
  }
}

/// The serving versions, again after each change: at once when it is first asked, after each promotion and rollback,
/// after the connection came back, so a router that was away misses nothing, and where nothing is heard, every half a
/// minute: behind a pooler notifications may not be heard at all. The same versions are not said twice.
///
///     for try await serving in try store.changes() { … }
///
/// It ends when its task is cancelled; it throws only what trying again cannot mend.
public struct ServingChanges: AsyncSequence, Sendable {
  private let events: NotificationStream
  private let store: ModelStore
  private let backoff: Backoff

  init(_ store: ModelStore, quiet: Duration, backoff: Backoff) throws {
    events = try NotificationStream(
      store.settings, channels: [ModelStore.channel], quiet: quiet, backoff: backoff)
    self.store = store
    self.backoff = backoff
  }

  /// Starts to listen with the first element that is asked for.
  public func makeAsyncIterator() -> Iterator {
    Iterator(events: events.makeAsyncIterator(), store: store, backoff: backoff)
  }

  /// Reads the changes.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let events: NotificationStream.Iterator
    fileprivate let store: ModelStore
    fileprivate let backoff: Backoff
    private var last: ServingModels.Identity?

    fileprivate init(events: NotificationStream.Iterator, store: ModelStore, backoff: Backoff) {
      self.events = events
      self.store = store
      self.backoff = backoff
    }

    /// The versions in force; `nil` once the task is cancelled.
    public mutating func next() async throws -> ServingModels? {
      do {
        while try await events.next() != nil {
          let serving = try await store.serving(backoff: backoff)
          if serving.identity == last { continue }
          last = serving.identity
          return serving
        }
      } catch is CancellationError {
        // The task is cancelled, which is the sequence's end.
      }
      return nil
    }
  }
}

extension ModelStore {
  /// The versions that routers load, now.
  public func serving(backoff: Backoff? = nil) async throws -> ServingModels {
    let (models, announced, thresholds) = try await connection.retrying(backoff ?? self.backoff) { session in
      let models = try session.query(
        "SELECT \(ModelColumns.names) FROM model_versions WHERE state IN ('active', 'shadow') ORDER BY id"
      ).map(ModelVersion.init)
      return (models, try session.announcedTasks(), try session.raisedThresholds())
    }
    return ServingModels(
      active: Dictionary(
        models.filter { $0.state == .active }.map { ($0.slot, $0) }, uniquingKeysWith: { first, _ in first }),
      shadows: models.filter { $0.state == .shadow }, announced: announced, thresholds: thresholds)
  }

  /// The versions that routers load, now and after each change.
  /// - Parameter quiet: how long nothing is heard before the tables are read all the same.
  public func changes(quiet: Duration = .seconds(30), backoff: Backoff = Backoff()) throws -> ServingChanges {
    try ServingChanges(self, quiet: quiet, backoff: backoff)
  }
}
