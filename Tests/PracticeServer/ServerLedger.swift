import Synchronization

/// What a server has seen: how many requests and tokens, when, and how many at once.
public final class ServerLedger: Sendable {
  /// A request's arrival.
  public struct Arrival: Sendable {
    /// By the server's clock.
    public let at: ContinuousClock.Instant
    /// Tokens in and out, as the server counts them.
    public var tokens: Int
    /// The fault it met.
    public let fault: Fault?
  }

  private let state = Mutex((arrivals: [Arrival](), inFlight: 0, peak: 0, authorizations: Set<String>()))

  /// Arrivals in their order.
  public var arrivals: [Arrival] { state.withLock { $0.arrivals } }
  /// Requests so far.
  public var requests: Int { state.withLock { $0.arrivals.count } }
  /// The most requests that were being answered at once.
  public var peak: Int { state.withLock { $0.peak } }
  /// What stood in the field `Authorization`.
  public var authorizations: Set<String> { state.withLock { $0.authorizations } }

  /// How often each fault was met.
  public var faults: [Fault: Int] {
    arrivals.reduce(into: [:]) { counts, arrival in if let fault = arrival.fault { counts[fault, default: 0] += 1 } }
  }

  /// The most requests in any window of this length.
  public func mostRequests(in window: Duration) -> Int { most(in: window) { _ in 1 } }

  /// The most tokens in any window of this length.
  public func mostTokens(in window: Duration) -> Int { most(in: window, \.tokens) }

  private func most(in window: Duration, _ amount: (Arrival) -> Int) -> Int {
    let arrivals = arrivals.sorted { $0.at < $1.at }
    var (first, sum, most) = (0, 0, 0)
    for arrival in arrivals {
      sum += amount(arrival)
      while arrivals[first].at < arrival.at - window {
        sum -= amount(arrivals[first])
        first += 1
      }
      most = max(most, sum)
    }
    return most
  }

  /// Counts an arrival.
  /// - Returns: its number, from 0.
  func arrive(
    tokens: Int, plan: FaultPlan, poison: Fault?, authorization: String?
  ) -> (number: Int, fault: Fault?) {
    state.withLock { state in
      let number = state.arrivals.count
      let fault = poison ?? plan.fault(for: number)
      state.arrivals.append(Arrival(at: .now, tokens: tokens, fault: fault))
      state.inFlight += 1
      state.peak = max(state.peak, state.inFlight)
      if let authorization { state.authorizations.insert(authorization) }
      return (number, fault)
    }
  }

  /// Counts the tokens of an answer to its arrival.
  func answered(_ number: Int, tokens: Int) { state.withLock { $0.arrivals[number].tokens += tokens } }

  /// Counts an end: before the last byte goes out, so that the client's next request is never counted beside it.
  func depart() { state.withLock { $0.inFlight -= 1 } }
}
