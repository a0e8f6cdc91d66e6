/// The exponential function over several numbers at once, because softmax takes it of every label of every sample.
enum Exponential {
  typealias Lanes = SIMD8<Float>

  /// e to the power of numbers that are 0 or less, to 2e-7 of each; 0 below −87, where Float runs out.
  ///
  /// x = n ln 2 + r, so that e^x = 2^n e^r (Cody and Waite 1980); the polynomial is that of Moshier's Cephes, `expf`.
  @inline(__always)
  static func of(_ x: Lanes) -> Lanes {
    let least: Float = -87
    let bounded = x.replacing(with: least, where: x .< least)
    // Added to so large a number, n is rounded to a whole one and stands in the lowest bits.
    let large: Float = 0x1.8p23
    let shifted = bounded * 1.442_695_04 + large
    let n = shifted - large
    let r = bounded - n * 0.693_359_375 + n * 2.121_944_4e-4
    var series = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
    series = series * r + 8.333_451_907_3e-3
    series = series * r + 4.166_579_589_4e-2
    series = series * r + 1.666_666_545_9e-1
    series = series * r + 5.000_000_120_1e-1
    let power = series * r * r + r + 1
    let bits = SIMD8<UInt32>(truncatingIfNeeded: power.bits) &+ shifted.bits &<< 23
    return Lanes(bits: bits).replacing(with: 0, where: x .< least)
  }
}

// Safe casts: both are eight lanes of 32 bits, and every pattern is a value of either.
extension SIMD8<Float> {
  @inline(__always)
  fileprivate var bits: SIMD8<UInt32> { unsafeBitCast(self, to: SIMD8<UInt32>.self) }

  @inline(__always)
  fileprivate init(bits: SIMD8<UInt32>) { self = unsafeBitCast(bits, to: SIMD8<Float>.self) }
}
