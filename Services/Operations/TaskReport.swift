import Cascade
import Evaluation
import Foundation

/// What a running deployment's task is worth: who answers, what it costs, what another δ would give.
public struct TaskReport: Sendable, Equatable, Encodable {
  /// One answerer, or all of them.
  public struct Answerer: Sendable, Equatable, Encodable {
    /// `specific`, `learnable`, `intermediate`, `large`, or `all`.
    public let answeredBy: String
    /// Its answers.
    public let answers: Int
    /// Of all answers, 0 to 1.
    public let share: Double
    /// How many of its answers were audited, and can be compared.
    public let audits: Int
    /// Of these the part that the large model says, too, with its 95 % interval; `nil` without audits.
    public let parity: Interval?
    /// Of how many the truth is known.
    public let judged: Int
    /// The mean quality of these with its 95 % interval; `nil` without any.
    public let accuracy: Interval?
    /// The accuracy that its calibrated confidences promise; `nil` where it has none.
    public let estimatedAccuracy: Double?
    /// What its answers cost, in US dollars.
    public let cost: Double
  }

  /// Questions to the large model about samples that were answered already.
  public struct Audits: Sendable, Equatable, Encodable {
    /// How many.
    public let count: Int
    /// In US dollars.
    public let cost: Double
  }

  /// A day at the stream's pace.
  public struct Day: Sendable, Equatable, Encodable {
    /// Samples.
    public let answers: Double
    /// Questions to the large model, audits left out.
    public let questions: Double
    /// US dollars, audits included.
    public let cost: Double
    /// US dollars, were the large model asked about everything.
    public let costOfLargeAlone: Double
  }

  /// What a parity would take.
  public struct Price: Sendable, Equatable, Encodable {
    /// The part of the specific model's own answers that is to be the large model's, 0 to 1.
    public let parity: Double
    /// The point with the fewest queries at which the samples show so much; `nil` where none does.
    public let point: StreamWorth.Point?
    /// Questions of a day at the stream's pace.
    public let questionsADay: Double?
    /// What these cost, in US dollars.
    public let costADay: Double?
  }

  /// The specific model beside the large one.
  public struct Comparison: Sendable, Equatable, Encodable {
    /// Samples on which both have spoken.
    public let samples: Int
    /// Of these, with known truth.
    public let judged: Int
    /// Who is right, counted over the stream; `nil` where no truth is known.
    public let twoByTwo: StreamWorth.TwoByTwo?
    /// What stricter and looser parities would take.
    public let prices: [Price]
    /// The δ with the highest accuracy; `nil` where no truth is known.
    public let best: StreamWorth.Point?
    /// The cheapest δ within the best one's error.
    public let cheapest: StreamWorth.Point?
    /// The shunt at every δ, at most 200 of them.
    public let curve: [StreamWorth.Point]
  }

  /// The task.
  public let task: String
  /// Who answered, and all together.
  public let answerers: [Answerer]
  /// What checking took.
  public let audits: Audits
  /// `nil` where no pace is known.
  public let day: Day?
  /// `nil` where the two have not spoken on one sample.
  public let comparison: Comparison?

  /// The parities that are priced.
  static let targets = [0.9, 0.95, 0.98, 0.99]
}
