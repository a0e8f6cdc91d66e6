/// How many bytes of rejected messages are kept: so many a minute by the recorder's own clock, whatever producers send, so
/// that a flood does not fill the database's disk. What comes beyond that is kept with its reason and its beginning.
struct RejectedBytes {
  /// Bytes of a message's beginning that are kept in any case.
  static let beginning = 1024

  private let perMinute: Int
  private var minute = Int64.min
  private var taken = 0
  /// Payloads that were cut short in this minute.
  private(set) var refused = 0

  init(perMinute: Int) { self.perMinute = perMinute }

  /// Whether a payload of so many bytes may be kept whole.
  /// - Parameter now: milliseconds since 1970; a clock that is set back begins a minute anew.
  mutating func admits(_ bytes: Int, at now: Int64) -> Bool {
    let current = now / 60_000
    if current != minute { (minute, taken, refused) = (current, 0, 0) }
    guard bytes > Self.beginning else { return true }
    guard bytes <= perMinute - taken else {
      refused += 1
      return false
    }
    taken += bytes
    return true
  }
}
