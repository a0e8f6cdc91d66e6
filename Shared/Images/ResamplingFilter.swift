import Foundation

/// What a pixel of a resized picture is made of. Both widen where a picture shrinks, so that no pixel is left out
/// (antialias), as Pillow does.
public enum ResamplingFilter: Sendable, Hashable {
  /// Linear, between two neighbours.
  case bilinear
  /// Cubic convolution over four neighbours, a = −0.5 (Keys 1981).
  case bicubic

  /// How far it reaches, in pixels.
  var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// Its weight at a distance in pixels.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}

/// The weights that take one axis from a length to another.
struct AxisWeights: Sendable {
  /// How many pixels one is made of at most.
  let taps: Int
  /// The first pixel that any is made of.
  let origin: Int
  /// One past the last pixel that any is made of.
  let end: Int
  /// By pixel of the result: the first one that it is made of, counted from `origin`.
  private(set) var starts: [Int32] = []
  /// By pixel of the result: how many it is made of.
  private(set) var counts: [Int32] = []
  /// By pixel of the result, `taps` each: the weights, in units of 2^−22.
  private(set) var weights: [Int32]

  /// - Parameter window: the pixels of the result that are wanted, within 0 ..< target.
  init(from length: Int, to target: Int, window: Range<Int>, _ filter: ResamplingFilter) {
    let scale = Double(length) / Double(target)
    let stretch = max(scale, 1)
    let support = filter.support * stretch
    taps = Int(support.rounded(.up)) * 2 + 1
    weights = [Int32](repeating: 0, count: window.count * taps)
    func span(_ pixel: Int) -> (centre: Double, start: Int, end: Int) {
      let centre = (Double(pixel) + 0.5) * scale
      return (centre, max(Int(centre - support + 0.5), 0), min(Int(centre + support + 0.5), length))
    }
    (origin, end) = (span(window.lowerBound).start, span(window.upperBound - 1).end)
    for (place, pixel) in window.enumerated() {
      let (centre, start, end) = span(pixel)
      let raw = (start..<end).map { filter.weight(at: (Double($0) - centre + 0.5) / stretch) }
      let sum = raw.reduce(0, +)
      starts.append(Int32(start - origin))
      counts.append(Int32(end - start))
      for (index, weight) in raw.enumerated() {
        weights[place * taps + index] = Int32((weight / sum * 0x1p22).rounded(.toNearestOrAwayFromZero))
      }
    }
  }
}
