import Concurrency
import Kafka
import Synchronization

/// Where the consumer, which must give partitions away, waits until the worker has finished what it began of them.
///
/// Each sample under way has cost a call of the large model, which the partition's next owner would otherwise pay again.
final class Departures: Sendable {
  private let news = Signal()
  private let state = Mutex(State())

  private struct State {
    var asked: [Departure] = []
    var isOver = false
    var count = 0
  }

  private struct Departure {
    let number: Int
    let partitions: [TopicPartition]
    let reply: CheckedContinuation<[TopicPartition: Int64], Never>
    /// Whether it waits no longer.
    var isDue = false
  }

  /// Waits until nothing of `partitions` is under way, or until it is cancelled.
  /// - Returns: what may be committed of them.
  func offsets(of partitions: [TopicPartition]) async -> [TopicPartition: Int64] {
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { reply in
        let isOver = state.withLock { state in
          if !state.isOver {
            state.asked.append(
              Departure(number: number, partitions: partitions, reply: reply, isDue: Task.isCancelled))
          }
          return state.isOver
        }
        if isOver { reply.resume(returning: [:]) } else { news.give() }
      }
    } onCancel: {
      state.withLock { state in
        for index in state.asked.indices where state.asked[index].number == number { state.asked[index].isDue = true }
      }
      news.give()
    }
  }

  /// Waits until somebody asks or waits no longer.
  /// - Returns: `false` after `end`.
  func hasNews() async -> Bool { await news.wait() }

  /// The partitions that are to go.
  var partitions: [TopicPartition] { state.withLock { $0.asked.flatMap(\.partitions) } }

  /// Answers who asked.
  /// - Parameter offsets: what may be committed of partitions, once nothing of them is under way or it `isDue`.
  func answer(_ offsets: (_ partitions: [TopicPartition], _ isDue: Bool) -> [TopicPartition: Int64]?) {
    state.withLock { state in
      state.asked.removeAll { departure in
        guard let offsets = offsets(departure.partitions, departure.isDue) else { return false }
        departure.reply.resume(returning: offsets)
        return true
      }
    }
  }

  /// Answers all who ask, now and later, that there is nothing to commit.
  func end() {
    let asked = state.withLock { state in
      state.isOver = true
      defer { state.asked = [] }
      return state.asked
    }
    for departure in asked { departure.reply.resume(returning: [:]) }
    news.end()
  }
}
