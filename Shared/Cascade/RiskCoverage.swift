/// How well confidence ranks quality: the risk, which is what replies lack of quality 1 in the mean, of those a model is the
/// surest of, at every share of them that is kept (El-Yaniv & Wiener 2010).
public struct RiskCoverage: Sendable, Equatable, Codable {
  /// The curve at one threshold.
  public struct Point: Sendable, Equatable, Codable {
    /// The part of the replies that is kept, above 0 up to 1.
    public let coverage: Float
    /// What these lack of quality 1 in the mean, 0 to 1.
    public let risk: Float
  }

  /// From few kept to all, at each reply.
  public let points: [Point]
  /// The mean of the risks, 0 to 1: the area under the curve (AURC; Geifman, Uziel & El-Yaniv 2019). Lower is better.
  public let area: Double
  /// The area where confidence says nothing: the mean risk.
  public let randomArea: Double
  /// The area where confidence ranks as quality does: no order has a lower one.
  public let oracleArea: Double

  /// The part of what any order could gain over a random one that this order gains: 1 for the oracle's, 0 for none, below
  /// that for one that misleads. 0 where no order gains.
  public var share: Double { randomArea > oracleArea ? (randomArea - area) / (randomArea - oracleArea) : 0 }

  /// Ranks replies.
  /// - Parameters:
  ///   - confidences: [replies]
  ///   - qualities: [replies], each 0 to 1.
  public init(confidences: [Float], qualities: [Float]) {
    let risks = Self.expectedRisks(confidences, qualities)
    let curve = Self.means(risks)
    points = curve.enumerated().map { index, risk in
      Point(coverage: Float(index + 1) / Float(curve.count), risk: Float(risk))
    }
    area = Self.mean(curve)
    randomArea = Self.mean(risks)
    oracleArea = Self.mean(Self.means(qualities.sorted(by: >).map { 1 - Double($0) }))
  }

  private enum CodingKeys: String, CodingKey {
    case points, area
    case randomArea = "random_area"
    case oracleArea = "oracle_area"
  }

  /// At most `count` points, evenly spaced; the ends stay.
  public func thinned(to count: Int) -> [Point] { points.thinned(to: count) }

  /// The surest first; those of one confidence come in any order, so each has their mean.
  private static func expectedRisks(_ confidences: [Float], _ qualities: [Float]) -> [Double] {
    let groups = Dictionary(grouping: zip(confidences, qualities), by: \.0).sorted { $0.key > $1.key }
    return groups.flatMap { _, replies in
      let risk = mean(replies.map { 1 - Double($0.1) })
      return replies.map { _ in risk }
    }
  }

  /// The mean of the first, of the first two, and so on.
  private static func means(_ values: [Double]) -> [Double] {
    var sum = 0.0
    return values.enumerated().map { index, value in
      sum += value
      return sum / Double(index + 1)
    }
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
}
