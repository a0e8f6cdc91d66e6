import Cascade
import Classification
import JSON

/// An answer on its way to Postgres; the message of the topic `results`.
public struct Answer: Sendable, Equatable {
  /// The sample's id.
  public var id: String
  /// The sample's task.
  public var task: String
  /// The answer.
  public var label: String
  /// Its probability, 0 to 1; `nil` where the large model gave none.
  public var confidence: Float?
  /// Who gave it.
  public var answeredBy: AnsweredBy
  /// The version of the model that gave it.
  public var modelVersion: String
  /// The δ that decided, where a small model answered; the last stage's, where the large model did.
  public var threshold: Float?
  /// What the answering model held probable; `nil` where that is not known.
  public var distribution: LabelDistribution?
  /// What S1 held probable, where somebody else answered.
  public var specific: Prediction?
  /// Whether a small model answered only because the budget was spent.
  public var isDegraded: Bool
  /// Whether the answering model read only the text's beginning.
  public var isTruncated: Bool
  /// Whether characters of the sample that are none were replaced by U+FFFD.
  public var hasReplacedText: Bool
  /// The answer of a small model that this one audits, and does not replace.
  public var audited: HardSample.Audited?

  /// How the prompt was pruned, and what the large model cost.
  public var prompt: PromptRecord?

  /// When the producer made the sample.
  public var producedAt: Timestamp?
  /// When the router decided.
  public var routedAt: Timestamp
  /// When the answer was there.
  public var answeredAt: Timestamp

  /// The sample's category.
  public var category: String?
  /// The sample's ground truth.
  public var trueLabel: String?
  /// The sample's text, where the answer can teach.
  public var text: String?

  /// A longer text does not travel with its answer, so that each answer fits a broker's usual limit of 1 MB, even where
  /// each of its bytes must be escaped; in bytes.
  public static let longestText = 128 << 10

  /// An easy sample's answer; the rest is set by whoever knows it.
  public init(
    sample: Sample, label: String, confidence: Float?, answeredBy: AnsweredBy, modelVersion: String, threshold: Float?,
    distribution: LabelDistribution?, routedAt: Timestamp, answeredAt: Timestamp, keepsText: Bool
  ) {
    id = sample.id
    task = sample.task
    self.label = label
    self.confidence = confidence
    self.answeredBy = answeredBy
    self.modelVersion = modelVersion
    self.threshold = threshold
    self.distribution = distribution
    isDegraded = false
    isTruncated = false
    hasReplacedText = sample.hasReplacedText
    producedAt = sample.producedAt
    self.routedAt = routedAt
    self.answeredAt = answeredAt
    category = sample.category
    trueLabel = sample.label
    text = sample.input.text.flatMap { keepsText && $0.utf8.count <= Self.longestText ? $0 : nil }
  }
}

/// How a prompt was pruned, and what asking cost.
public struct PromptRecord: Sendable, Equatable {
  /// N, the task's labels.
  public var candidatesBefore: Int
  /// M, the labels that the large model was asked about.
  public var candidatesAfter: Int
  /// Of the candidates as asked without the small model: log₂ N, in bits.
  public var entropyBefore: Float
  /// Of the candidates after pruning (weighted by the small model where the prompt is soft), in bits.
  public var entropyAfter: Float
  /// Tokens that went in.
  public var promptTokens: Int
  /// Tokens that came out.
  public var completionTokens: Int
  /// In the currency of the settings' prices.
  public var cost: Double

  /// A record of one prompt.
  public init(
    candidatesBefore: Int, candidatesAfter: Int, entropyBefore: Float, entropyAfter: Float, promptTokens: Int,
    completionTokens: Int, cost: Double
  ) {
    self.candidatesBefore = candidatesBefore
    self.candidatesAfter = candidatesAfter
    self.entropyBefore = entropyBefore
    self.entropyAfter = entropyAfter
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
  }
}
