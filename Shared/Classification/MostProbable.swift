/// The most probable classes of a distribution, most probable first; ties in their order.
///
/// Classes are put into buckets by the leading bits of their probabilities, four buckets for each halving. That leaves
/// next to nothing to sort, and no look at a class depends on the one before it.
struct MostProbable {
  /// A class and its probability.
  struct Share: Sendable {
    var label: Int32
    var probability: Float
  }

  private(set) var shares: [Share]
  /// Of all shares together.
  private(set) var mass: Float = 0

  /// Half of the least that a message can show.
  private static let least: Float = 0.5e-6

  /// - Parameters:
  ///   - values: [classes], each 0 to 1.
  ///   - maximum: how many are kept at most.
  ///   - wanted: no more are kept once these hold as much together, 0 to 1.
  init(of values: UnsafeBufferPointer<Float>, maximum: Int, mass wanted: Float) {
    // Classes below the mean of what may be left out could all be left out.
    let floor = max(Self.least, (1 - wanted) / Float(max(1, values.count)))
    shares = withUnsafeTemporaryAllocation(of: Share.self, capacity: values.count * 2) { memory in
      let found = Self.collect(values, above: floor, into: memory[..<values.count])
      let sorted = Self.sort(found, maximum: maximum, into: memory[values.count...])
      return Array(sorted.prefix(maximum))
    }
    for (index, share) in shares.enumerated() {
      mass += share.probability
      // Where all is wanted, a sum that rounds up to it must not end the list.
      if wanted < 1, mass >= wanted {
        shares.removeSubrange((index + 1)...)
        break
      }
    }
  }

  private static func collect(
    _ values: UnsafeBufferPointer<Float>, above floor: Float, into found: Slice<UnsafeMutableBufferPointer<Share>>
  ) -> UnsafeMutableBufferPointer<Share> {
    let found = UnsafeMutableBufferPointer(rebasing: found)
    var count = 0
    for label in values.indices {
      found[count] = Share(label: Int32(truncatingIfNeeded: label), probability: values[label])
      count += values[label] > floor ? 1 : 0
    }
    return UnsafeMutableBufferPointer(rebasing: found[..<count])
  }

  /// The `maximum` largest and those of the last one's bucket, sorted.
  private static func sort(
    _ found: UnsafeMutableBufferPointer<Share>, maximum: Int, into other: Slice<UnsafeMutableBufferPointer<Share>>
  ) -> UnsafeMutableBufferPointer<Share> {
    if found.count <= 8 {
      insertionSort(found)
      return found
    }
    let other = UnsafeMutableBufferPointer(rebasing: other)
    let count = withUnsafeTemporaryAllocation(of: Int32.self, capacity: buckets) { ends in
      ends.initialize(repeating: 0)
      for share in found { ends[bucket(share)] &+= 1 }
      var (total, kept) = (Int32(0), Int32(0))
      for bucket in ends.indices {
        (ends[bucket], total) = (total, total &+ ends[bucket])
        if kept < maximum { kept = total }
      }
      // All are put in their places: to leave some out would be a guess for the processor each time.
      for share in found {
        let bucket = bucket(share)
        other[Int(ends[bucket])] = share
        ends[bucket] &+= 1
      }
      return Int(kept)
    }
    let sorted = UnsafeMutableBufferPointer(rebasing: other[..<count])
    insertionSort(sorted)
    return sorted
  }

  /// Twenty-one halvings lead from 1 to below `least`.
  private static let buckets = 21 * 4 + 1

  /// 0 holds the largest: IEEE 754 numbers above 0 are in the order of their bits.
  @inline(__always)
  private static func bucket(_ share: Share) -> Int {
    let distance = Int32(bitPattern: Float(1).bitPattern) &- Int32(bitPattern: share.probability.bitPattern)
    return Int(max(0, min(Int32(buckets - 1), distance >> 21)))
  }

  private static func insertionSort(_ shares: UnsafeMutableBufferPointer<Share>) {
    for index in shares.indices.dropFirst() {
      let share = shares[index]
      var place = index
      while place > 0, shares[place - 1].probability < share.probability {
        shares[place] = shares[place - 1]
        place -= 1
      }
      shares[place] = share
    }
  }
}
