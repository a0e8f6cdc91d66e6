/// Numbers from 0 to 1 as text of up to six decimals.
enum Millionths {
  /// Bytes of the longest.
  static let longest = 8

  /// Writes a number, clamped and rounded, with no trailing zeros; NaN as `null`.
  /// - Returns: how many bytes it took.
  @inline(__always)
  static func write(_ number: Float, to start: UnsafeMutablePointer<UInt8>) -> Int {
    guard !number.isNaN else {
      for (index, byte) in "null".utf8.enumerated() { start[index] = byte }
      return 4
    }
    let millionths = UInt32(Double(min(max(number, 0), 1)) * 1_000_000 + 0.5)
    start[0] = zero + UInt8(truncatingIfNeeded: millionths / 1_000_000)
    let rest = millionths % 1_000_000
    if rest == 0 { return 1 }
    start[1] = UInt8(ascii: ".")
    // Three pairs of digits, none of which waits for another.
    pair(rest / 10_000, to: start + 2)
    pair(rest / 100 % 100, to: start + 4)
    pair(rest % 100, to: start + 6)
    var count = longest
    while start[count - 1] == zero { count -= 1 }
    return count
  }

  private static var zero: UInt8 { UInt8(ascii: "0") }

  @inline(__always)
  private static func pair(_ number: UInt32, to start: UnsafeMutablePointer<UInt8>) {
    start[0] = zero + UInt8(truncatingIfNeeded: number / 10)
    start[1] = zero + UInt8(truncatingIfNeeded: number % 10)
  }
}
