import CLibrdkafka
import Synchronization

/// Counts the delivery reports of one published batch, and tells the publisher once all have come.
///
/// Each record carries the address of its slot as its opaque pointer; each slot holds the delivery's address. So a
/// report finds its batch and its place there without a table, and reports need no lock unless they bring a failure.
final class Delivery: @unchecked Sendable {  // `slots` never changes after `init`; the rest guards itself.
  private typealias Slot = UnsafeMutableRawPointer

  private let slots: UnsafeMutablePointer<Slot>
  /// Records without an outcome, plus one while the publisher is still enqueuing.
  private let remaining: Atomic<Int>
  private let state = Mutex(State())

  private struct State {
    var failures: [(record: Int, code: rd_kafka_resp_err_t)] = []
    var isComplete = false
    var publisher: CheckedContinuation<Void, Never>?
  }

  /// Holds on to itself until every record has its outcome.
  init(count: Int) {
    remaining = Atomic(count + 1)
    slots = .allocate(capacity: count)
    slots.initialize(repeating: Unmanaged.passRetained(self).toOpaque(), count: count)
  }

  deinit { slots.deallocate() }

  /// The opaque pointer that record number `record` travels with.
  func opaque(of record: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(slots + record) }

  /// The delivery report callback: on the thread that polls, or flushes.
  static func report(_ message: UnsafePointer<rd_kafka_message_t>) {
    guard let slot = message.pointee._private?.assumingMemoryBound(to: Slot.self) else { return }
    Unmanaged<Delivery>.fromOpaque(slot.pointee)._withUnsafeGuaranteedRef { delivery in
      delivery.settle(slot - delivery.slots, message.pointee.err)
    }
  }

  /// Notes the outcome of one record: once, by its report or by the publisher who could not enqueue it.
  func settle(_ record: Int, _ code: rd_kafka_resp_err_t) {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { state.withLock { $0.failures.append((record, code)) } }
    countDown()
  }

  /// Waits until each record has its outcome. Called once, when all are enqueued or settled.
  /// - Returns: the failed records, ascending.
  func outcome() async -> [(record: Int, code: rd_kafka_resp_err_t)] {
    countDown()
    await withCheckedContinuation { continuation in
      let isComplete = state.withLock { state in
        if !state.isComplete { state.publisher = continuation }
        return state.isComplete
      }
      if isComplete { continuation.resume() }
    }
    return state.withLock { $0.failures }.sorted { $0.record < $1.record }
  }

  private func countDown() {
    guard remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    let publisher = state.withLock { state in
      state.isComplete = true
      return state.publisher.take()
    }
    publisher?.resume()
    Unmanaged.passUnretained(self).release()  // Balances `passRetained` of `init`.
  }
}
