import Concurrency
import Synchronization

/// Asks a model together what comes to it one by one.
///
/// An encoder is faster by the batch. Who comes first leads: it waits a moment for company, asks for all that came, and
/// hands what came meanwhile to the next leader. So while the model is busy the next batch gathers by itself, and alone a
/// question waits no longer than the moment. Within a batch the encoder sorts by length and keeps to its token budget.
public final class MicroBatches: LargeModel {
  /// How batches form.
  public struct Settings: Sendable, Equatable {
    /// The most questions asked together: bounds how long the next ones wait.
    public var maximumCount: Int
    /// How long the first one waits for company.
    public var linger: Duration

    /// The defaults suit an encoder that reads some hundred texts a second.
    public init(maximumCount: Int = 64, linger: Duration = .milliseconds(2)) {
      self.maximumCount = maximumCount
      self.linger = linger
    }
  }

  private typealias Outcomes = [Result<LargeModelAnswer, LargeModelError>]

  private enum Word: Sendable {
    case outcomes([Result<LargeModelAnswer, LargeModelError>])
    case lead
  }

  private struct Company: Sendable {
    let requests: [LargeModelRequest]
    let waiter: Waiter<Word>
  }

  private struct State {
    var isLed = false
    var line: [Company] = []
  }

  /// The model's own.
  public var version: String { model.version }
  private let model: any LargeModel
  private let settings: Settings
  // A lock rather than an actor: a cancellation handler cannot wait for an actor.
  private let state = Mutex(State())

  /// Batches for `model`.
  public init(_ model: any LargeModel, settings: Settings = Settings()) {
    self.model = model
    self.settings = settings
  }

  /// How many callers wait to be asked for.
  var lineLength: Int { state.withLock { $0.line.count } }

  /// Answers as the model does, in whatever company.
  public func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    let isFirst = state.withLock { state in
      defer { state.isLed = true }
      return !state.isLed
    }
    if isFirst {
      do { try await Task.sleep(for: settings.linger) } catch {
        handOver()
        throw error
      }
    } else if case .outcomes(let outcomes) = try await waitInLine(requests) {
      return outcomes
    }
    return try await lead(requests)
  }

  private func lead(_ requests: [LargeModelRequest]) async throws -> Outcomes {
    defer { handOver() }
    let company = takeCompany(beside: requests.count)
    do {
      let outcomes = try await model.answer(requests + company.flatMap(\.requests))
      var start = requests.count
      for member in company {
        let end = start + member.requests.count
        member.waiter.resume(returning: .outcomes(Array(outcomes[start..<end])))
        start = end
      }
      return Array(outcomes.prefix(requests.count))
    } catch {
      // A leader's own cancellation is nobody else's failure: the company leads itself, one after the other.
      let isCancelled = Task.isCancelled
      if isCancelled { state.withLock { $0.line.insert(contentsOf: company, at: 0) } }
      if !isCancelled { for member in company { member.waiter.resume(throwing: error) } }
      throw error
    }
  }

  private func takeCompany(beside count: Int) -> [Company] {
    state.withLock { state in
      var (company, total) = ([Company](), count)
      while let next = state.line.first, total + next.requests.count <= settings.maximumCount {
        company.append(state.line.removeFirst())
        total += next.requests.count
      }
      return company
    }
  }

  private func handOver() {
    let next = state.withLock { state -> Company? in
      guard !state.line.isEmpty else {
        state.isLed = false
        return nil
      }
      return state.line.removeFirst()
    }
    next?.waiter.resume(returning: .lead)
  }

  private func waitInLine(_ requests: [LargeModelRequest]) async throws -> Word {
    try await Waiter<Word>.wait { waiter in
      state.withLock { state in
        // The leader may have gone since this caller looked.
        guard state.isLed else {
          state.isLed = true
          return .lead
        }
        state.line.append(Company(requests: requests, waiter: waiter))
        return nil
      }
    } leave: { number in
      state.withLock { state in
        state.line.firstIndex { $0.waiter.number == number }.map { state.line.remove(at: $0).waiter }
      }
    }
  }
}
