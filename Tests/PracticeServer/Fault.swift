/// What can go wrong at a server, to order.
public enum Fault: Sendable, Hashable {
  /// 429; the field `Retry-After` as it is to be written, where there is one.
  case rateLimit(retryAfter: String? = nil)
  /// Any other status, such as 500 or 401, with OpenAI's error object and this code in it.
  case status(Int, code: String? = nil)
  /// The right answer, so much later.
  case slow(Duration)
  /// Half an answer, then silence with the connection open.
  case stalled
  /// Half an answer, then the connection closes.
  case cutOff
  /// The first half of the JSON, as if it were all.
  case brokenJSON
  /// A label that is no candidate.
  case wrongLabel
  /// The model declines.
  case refusal
  /// An answer of so many bytes.
  case huge(Int)
  /// A gzip body that unpacks to so many spaces.
  case bomb(Int)
  /// A whole reply as gateways write it, with the right answer in it where it is a good one.
  case odd(OddReply)
}

/// Which request meets which fault.
public enum FaultPlan: Sendable {
  /// None does.
  case none
  /// One entry for each request in the order of arrival, `nil` for no fault; none after the last.
  case script([Fault?])
  /// Every request meets the fault.
  case always(Fault)
  /// A seeded share of the requests, each fault as often as any other.
  case mixed(share: Double, seed: UInt64, [Fault])

  /// The fault of a request.
  /// - Parameter number: in the order of arrival, from 0.
  func fault(for number: Int) -> Fault? {
    switch self {
    case .none: return nil
    case .script(let faults): return number < faults.count ? faults[number] : nil
    case .always(let fault): return fault
    case .mixed(let share, let seed, let faults):
      let random = Self.mixed(seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
      guard !faults.isEmpty, Double(random >> 11) / Double(1 << 53) < share else { return nil }
      return faults[Int(Self.mixed(random) % UInt64(faults.count))]
    }
  }

  /// SplitMix64's finish (Steele et al. 2014): every request has its own random number, whatever order they come in.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
