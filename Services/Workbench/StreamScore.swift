import Cascade
import ResultStore

/// What came of some samples of a stream, held against labels that no worker was shown.
public struct StreamScore: Sendable, Equatable {
  /// How many samples.
  public let samples: Int
  /// The part that the large model answered, 0 to 1.
  public let queryShare: Double
  /// The part of the answers that is right, 0 to 1.
  public let accuracy: Double
  /// The part that the large model would have answered rightly, 0 to 1: counted where it answered, and taken from the
  /// audits for all that small models answered. `nil` where these were not audited.
  public let largeAccuracy: Double?
  /// The part of the small models' answers that is what the large one says, 0 to 1, by the audits; `nil` without any.
  public let agreement: Double?

  /// - Parameter rows: each sample's label and answer; one without an answer counts as wrong and as no query.
  public init(_ rows: [(label: String?, answer: GivenAnswer?)]) {
    let hard = rows.filter { $0.answer?.answeredBy == .large }
    let audited = rows.filter { $0.answer.map { $0.answeredBy != .large && $0.large != nil } ?? false }
    samples = rows.count
    queryShare = Self.share(hard.count, of: rows.count) ?? 0
    accuracy = Self.share(rows.count { Self.isRight($0.answer?.reply.label, $0.label) }, of: rows.count) ?? 0
    agreement = Self.share(audited.count { $0.answer?.large == $0.answer?.reply }, of: audited.count)
    let rightOfHard = hard.count { Self.isRight($0.answer?.large?.label, $0.label) }
    let easy = rows.count - hard.count
    guard easy > 0 else {
      largeAccuracy = Self.share(rightOfHard, of: rows.count)
      return
    }
    largeAccuracy = Self.share(audited.count { Self.isRight($0.answer?.large?.label, $0.label) }, of: audited.count)
      .map { (Double(rightOfHard) + $0 * Double(easy)) / Double(rows.count) }
  }

  private static func isRight(_ said: String?, _ label: String?) -> Bool { said != nil && said == label }

  private static func share(_ part: Int, of whole: Int) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}
