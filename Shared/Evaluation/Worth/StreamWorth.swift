import Foundation

/// What the specific model is worth on a stream as it came: the shunt at every δ, with the specific model before the large
/// one alone.
///
/// Of hard samples the large model's answer is always known, of easy ones where they were audited. So an audited sample
/// stands for as many easy ones as there are to each audit.
public struct StreamWorth: Sendable, Equatable {
  /// The shunt at one δ.
  public struct Point: Sendable, Equatable, Codable {
    /// Confidence at or above it stays with the specific model.
    public let threshold: Double
    /// The part of the samples that the large model is asked about, 0 to 1.
    public let queryShare: Double
    /// Of the specific model's own answers the part that is the large model's, 0 to 1; `nil` where it gives none, or
    /// nobody knows.
    public let parity: Double?
    /// The mean quality over the samples of which the truth is known, 0 to 1; `nil` without any.
    public let accuracy: Double?
    /// The standard error of the accuracy's difference to the best point's.
    public let error: Double?
  }

  /// From δ above every confidence downwards.
  public let points: [Point]
  /// How many samples both models have spoken on, and of how many of these the truth is known.
  public let counts: (compared: Int, judged: Int)
  /// Who is right of the samples whose truth is known.
  public let twoByTwo: TwoByTwo

  /// Who is right, counted over samples; of captions, whose is better.
  public struct TwoByTwo: Sendable, Equatable, Codable {
    /// Both are right.
    public var bothRight = 0.0
    /// The large model is right, the specific one is not: worth a question.
    public var winnable = 0.0
    /// The specific model is right, the large one is not: a question does harm.
    public var breakable = 0.0
    /// Neither is.
    public var bothWrong = 0.0
  }

  /// - Parameters:
  ///   - samples: in any order.
  ///   - easy: how many samples small models have answered; `hard`: how many were hard, and the specific model had spoken.
  public init(_ samples: [ComparedSample], easy: Int, hard: Int) {
    let audits = samples.count(where: \.isAudit)
    let weight = (
      audit: audits > 0 ? Double(easy) / Double(audits) : 0,
      hard: samples.count > audits ? Double(hard) / Double(samples.count - audits) : 0
    )
    let rows = samples.sorted { $0.confidence > $1.confidence }
      .map { Row($0, weight: $0.isAudit ? weight.audit : weight.hard) }
    counts = (samples.count, samples.count { $0.quality != nil })
    twoByTwo = rows.reduce(into: TwoByTwo()) { $0.add($1) }
    points = Self.points(rows)
  }

  /// Equal in all parts.
  public static func == (left: StreamWorth, right: StreamWorth) -> Bool {
    left.points == right.points && left.counts == right.counts && left.twoByTwo == right.twoByTwo
  }

  /// The point with the highest accuracy; of several the one with the fewest queries. `nil` where no truth is known.
  public var best: Point? {
    points.filter { $0.accuracy != nil }.max { ($0.accuracy ?? 0, -$0.queryShare) < ($1.accuracy ?? 0, -$1.queryShare) }
  }

  /// The fewest queries with an accuracy no further from the best than its standard error (Breiman et al. 1984).
  public var cheapest: Point? {
    guard let most = best?.accuracy else { return nil }
    return points.filter { most - ($0.accuracy ?? 0) <= ($0.error ?? 0) }.min { $0.queryShare < $1.queryShare }
  }

  /// The fewest queries at which the specific model's own answers are the large model's in at least this part, as far as
  /// the samples show.
  /// - Parameter least: so many samples must stand above δ.
  public func cheapest(parity target: Double, least: Int = 30) -> Point? {
    points.dropFirst(least).filter { ($0.parity ?? 0) >= target }.min { $0.queryShare < $1.queryShare }
  }
}

extension StreamWorth {
  /// A sample with what it stands for.
  fileprivate struct Row {
    let sample: ComparedSample
    let weight: Double
    /// By how much the specific model is better than the large one, weighed.
    let gain: Double

    init(_ sample: ComparedSample, weight: Double) {
      (self.sample, self.weight) = (sample, weight)
      gain = sample.quality.map { weight * Double($0.specific - $0.large) } ?? 0
    }
  }

  /// A point after each sample; of equally confident ones after the last.
  private static func points(_ rows: [Row]) -> [Point] {
    let total = rows.reduce(0) { $0 + $1.weight }
    let judged = rows.reduce(0) { $0 + ($1.sample.quality == nil ? 0 : $1.weight) }
    guard total > 0 else { return [] }
    var (easy, known, agreeing) = (0.0, 0.0, 0.0)
    var quality = rows.reduce(0) { $0 + $1.weight * Double($1.sample.quality?.large ?? 0) }
    var spread = 0.0
    var raw = [Raw(threshold: Double(Float(1).nextUp), share: 1, parity: nil, quality: quality, spread: 0)]
    for (place, row) in rows.enumerated() {
      easy += row.weight
      if let agreement = row.sample.agreement {
        known += row.weight
        agreeing += row.weight * Double(agreement)
      }
      quality += row.gain
      spread += row.gain * row.gain
      if place + 1 < rows.count, rows[place + 1].sample.confidence == row.sample.confidence { continue }
      raw.append(
        Raw(
          threshold: Double(row.sample.confidence), share: max(0, 1 - easy / total),
          parity: known > 0 ? agreeing / known : nil, quality: quality, spread: spread))
    }
    let best = raw.max { ($0.quality, -$0.share) < ($1.quality, -$1.share) }
    return raw.map { point in
      let isKnown = judged > 0
      return Point(
        threshold: point.threshold, queryShare: point.share, parity: point.parity,
        accuracy: isKnown ? point.quality / judged : nil,
        error: isKnown ? abs(point.spread - (best?.spread ?? 0)).squareRoot() / judged : nil)
    }
  }

  /// A point whose sums are not yet divided.
  private struct Raw {
    let threshold: Double
    let share: Double
    let parity: Double?
    let quality: Double
    /// The squares of the gains above δ, summed: between two points their difference is the variance of their qualities'.
    let spread: Double
  }
}

extension StreamWorth.TwoByTwo {
  fileprivate mutating func add(_ row: StreamWorth.Row) {
    guard let (specific, large) = row.sample.quality else { return }
    if large > specific {
      winnable += row.weight
    } else if specific > large {
      breakable += row.weight
    } else if specific == 1 {
      bothRight += row.weight
    } else {
      bothWrong += row.weight
    }
  }
}

extension StreamWorth {
  /// At most `count` points, 2 or more, evenly spaced; the ends stay.
  public func thinned(to count: Int) -> [Point] { points.thinned(to: count) }
}
