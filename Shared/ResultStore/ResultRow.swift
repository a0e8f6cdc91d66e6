import Cascade
import Foundation

/// One answer as Postgres keeps it; one row for a task's sample, whoever answers it how often.
///
/// Texts may hold anything: U+0000, which Postgres cannot store, becomes U+FFFD and `hasReplacedNulls` says so.
public struct ResultRow: Sendable, Equatable {
  /// Whose sample it was.
  public let task: String
  /// The sample's id, unique in its task.
  public let id: String
  /// The answer, one of the task's labels.
  public let label: String
  /// The answer's probability, 0 to 1; `nil` where the model gave none.
  public let confidence: Float?
  /// Who answered.
  public let answeredBy: AnsweredBy
  /// Version of the model that answered.
  public let modelVersion: String
  /// The threshold that the confidence was held against, 0 to 1.
  public let threshold: Float?
  /// True where a small model answered only because the large model could not be asked.
  public let isDegraded: Bool
  /// True where the large model was asked beside an answer that stands already; kept in `audits`, never in `results`.
  public let isAudit: Bool
  /// The answer's most probable labels.
  public let distribution: Distribution?
  /// What pruning did, where the large model was asked.
  public let pruning: Pruning?
  /// What the large model took.
  public let usage: Usage?
  /// What the specific model said, whoever answered.
  public let specific: SpecificAnswer?
  /// The sample's own text, where the answer can teach.
  public let text: String?
  /// The producer's own grouping.
  public let category: String?
  /// Ground truth, where the producer knew it.
  public let trueLabel: String?
  /// When the producer made the sample.
  public let producedAt: Date?
  /// When the router decided.
  public let routedAt: Date?
  /// When the answer was there.
  public let answeredAt: Date
  /// Whether the model read only the text's beginning.
  public let isTextTruncated: Bool
  /// Whether any text above held U+0000.
  public let hasReplacedNulls: Bool

  /// A row from plain fields.
  public init(
    task: String, id: String, label: String, confidence: Float?, answeredBy: AnsweredBy, modelVersion: String,
    threshold: Float? = nil, isDegraded: Bool = false, isAudit: Bool = false, distribution: Distribution? = nil,
    pruning: Pruning? = nil, usage: Usage? = nil, specific: SpecificAnswer? = nil, text: String? = nil,
    category: String? = nil, trueLabel: String? = nil, producedAt: Date? = nil, routedAt: Date? = nil,
    answeredAt: Date, isTextTruncated: Bool = false, hasReplacedNulls: Bool = false
  ) {
    var nulls = NullReplacement(hasReplaced: hasReplacedNulls)
    self.task = nulls.clean(task)
    self.id = nulls.clean(id)
    self.label = nulls.clean(label)
    self.confidence = confidence
    self.answeredBy = answeredBy
    self.modelVersion = nulls.clean(modelVersion)
    self.threshold = threshold
    self.isDegraded = isDegraded
    self.isAudit = isAudit
    self.distribution = distribution.map {
      Distribution(labels: $0.labels.map { nulls.clean($0) }, probabilities: $0.probabilities, rest: $0.rest)
    }
    self.pruning = pruning
    self.usage = usage
    self.specific = specific.map { SpecificAnswer(label: nulls.clean($0.label), confidence: $0.confidence) }
    self.text = text.map { nulls.clean($0) }
    self.category = category.map { nulls.clean($0) }
    self.trueLabel = trueLabel.map { nulls.clean($0) }
    self.producedAt = producedAt
    self.routedAt = routedAt
    self.answeredAt = answeredAt
    self.isTextTruncated = isTextTruncated
    self.hasReplacedNulls = nulls.hasReplaced
  }
}

/// The most probable labels.
public struct Distribution: Sendable, Equatable {
  /// Most probable first.
  public let labels: [String]
  /// One a label, each 0 to 1.
  public let probabilities: [Float]
  /// The mass of all other labels, 0 to 1.
  public let rest: Float

  /// Labels with their probabilities and the mass of the others.
  public init(labels: [String], probabilities: [Float], rest: Float = 0) {
    self.labels = labels
    self.probabilities = probabilities
    self.rest = rest
  }
}

/// What pruning did to the prompt.
public struct Pruning: Sendable, Equatable {
  /// Labels that the task has.
  public let candidatesBefore: Int
  /// Labels that the prompt kept.
  public let candidatesAfter: Int
  /// In bits.
  public let entropyBefore: Float
  /// In bits.
  public let entropyAfter: Float

  /// Candidates and entropies before and after.
  public init(candidatesBefore: Int, candidatesAfter: Int, entropyBefore: Float, entropyAfter: Float) {
    self.candidatesBefore = candidatesBefore
    self.candidatesAfter = candidatesAfter
    self.entropyBefore = entropyBefore
    self.entropyAfter = entropyAfter
  }
}

/// What an answer of the large model took.
public struct Usage: Sendable, Equatable {
  /// Tokens sent.
  public let promptTokens: Int
  /// Tokens received.
  public let completionTokens: Int
  /// In US dollars.
  public let cost: Double

  /// Tokens and cost of all requests for one answer.
  public init(promptTokens: Int, completionTokens: Int, cost: Double) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
  }
}

/// The specific model's opinion.
public struct SpecificAnswer: Sendable, Equatable {
  /// Its answer.
  public let label: String
  /// 0 to 1.
  public let confidence: Float

  /// Label and confidence.
  public init(label: String, confidence: Float) {
    self.label = label
    self.confidence = confidence
  }
}
