import Foundation

/// What a head of attention adds to its scores for how far a key lies from its query (Raffel et al. 2020,
/// https://arxiv.org/abs/1910.10683, section 2.1; as MPNet has it, Song et al. 2020).
///
/// `@unchecked Sendable`: nothing changes once `init` is through.
final class PositionBiases: @unchecked Sendable {
  /// Tokens of the longest text.
  let reach: Int
  /// [heads, 2 · reach - 1]: of a key's place minus the query's, from 1 - reach. Owned: freed with this object.
  let values: UnsafePointer<Float>
  /// How many numbers may be read behind the last.
  private static let margin = 15

  /// - Parameter table: [buckets, heads].
  init(_ table: [Float], heads: Int, reach: Int) {
    let buckets = table.count / heads
    let width = 2 * reach - 1
    let values = UnsafeMutablePointer<Float>.allocate(capacity: heads * width + Self.margin)
    values.initialize(repeating: 0, count: heads * width + Self.margin)
    for column in 0..<width {
      let bucket = Self.bucket(of: column - (reach - 1), buckets: buckets)
      for head in 0..<heads { values[head * width + column] = table[bucket * heads + head] }
    }
    (self.reach, self.values) = (reach, UnsafePointer(values))
  }

  deinit { values.deallocate() }

  /// Half of the buckets are of keys behind the query. Of each half one half is a distance each, the other grows
  /// logarithmically to a distance of 128.
  static func bucket(of distance: Int, buckets: Int) -> Int {
    let half = buckets / 2
    let exact = half / 2
    let length = abs(distance)
    let first = distance > 0 ? half : 0
    guard length >= exact else { return first + length }
    // In single precision, as where the weights were trained.
    let steps = log(Float(length) / Float(exact)) / Float(log(128 / Double(exact))) * Float(half - exact)
    return first + min(exact + Int(steps), half - 1)
  }
}
