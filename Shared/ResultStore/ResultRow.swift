import Cascade
import Content
import Foundation
import Postgres

/// One answer as Postgres keeps it; one row for a task's sample, whoever answers it how often.
///
/// Texts may hold anything: U+0000, which Postgres cannot store, becomes U+FFFD and `hasReplacedNulls` says so.
public struct ResultRow: Sendable, Equatable {
  /// Whose sample it was.
  public let task: String
  /// The sample's id, unique in its task.
  public let id: String
  /// What was answered.
  public let reply: Reply
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
  /// The sample's image, where the answer can teach.
  public let image: ImageSource?
  /// The producer's own grouping.
  public let category: String?
  /// Ground truth, where the producer knew it, or a person has told it since.
  public private(set) var truth: Truth?
  /// How good the reply is, where the truth is known.
  public private(set) var quality: Quality?
  /// When the person told it whose word the truth is; `nil` where it is the producer's.
  public private(set) var labelledAt: Date?
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
  /// - Parameter quality: of a caption; a label's follows from the truth.
  public init(
    task: String, id: String, reply: Reply, confidence: Float?, answeredBy: AnsweredBy, modelVersion: String,
    threshold: Float? = nil, isDegraded: Bool = false, isAudit: Bool = false, distribution: Distribution? = nil,
    pruning: Pruning? = nil, usage: Usage? = nil, specific: SpecificAnswer? = nil, text: String? = nil,
    image: ImageSource? = nil, category: String? = nil, truth: Truth? = nil, quality: Quality? = nil,
    labelledAt: Date? = nil, producedAt: Date? = nil, routedAt: Date? = nil, answeredAt: Date,
    isTextTruncated: Bool = false,
    hasReplacedNulls: Bool = false
  ) {
    var nulls = NullReplacement(hasReplaced: hasReplacedNulls)
    self.task = nulls.clean(task)
    self.id = nulls.clean(id)
    self.reply = nulls.clean(reply)
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
    self.specific = specific.map { SpecificAnswer(nulls.clean($0.reply), confidence: $0.confidence) }
    self.text = text.map { nulls.clean($0) }
    self.image = image.map { nulls.clean($0) }
    self.category = category.map { nulls.clean($0) }
    self.truth = truth.map { nulls.clean($0) }
    self.quality = self.truth?.quality(of: self.reply) ?? quality
    self.labelledAt = labelledAt
    self.producedAt = producedAt
    self.routedAt = routedAt
    self.answeredAt = answeredAt
    self.isTextTruncated = isTextTruncated
    self.hasReplacedNulls = nulls.hasReplaced
  }

  /// The same row with what a person says is right.
  func with(_ truth: Truth, labelledAt: Date) -> ResultRow {
    var row = self
    (row.truth, row.quality, row.labelledAt) = (truth, truth.quality(of: reply), labelledAt)
    return row
  }
}

extension ResultRow {
  static let columns: [ResultColumn] = [
    ResultColumn("task") { $1.append($0.task) },
    ResultColumn("id") { $1.append($0.id) },
    ResultColumn("label") { $1.append($0.reply.label) },
    ResultColumn("caption", "text", step: 6) { $1.append($0.reply.caption) },
    ResultColumn("confidence") { $1.append($0.confidence) },
    ResultColumn("answered_by") { $1.append($0.answeredBy.rawValue) },
    ResultColumn("model_version") { $1.append($0.modelVersion) },
    ResultColumn("threshold") { $1.append($0.threshold) },
    ResultColumn("is_degraded") { $1.append($0.isDegraded) },
    ResultColumn("text") { $1.append($0.text) },
    // Of older recorders; the four below took its place.
    ResultColumn("image", "jsonb", step: 6) { $1.appendNull() },
    ResultColumn("image_data", "bytea", step: 7) { row, buffer in
      buffer.append(row.image?.fetched) { $0.append(bytes: $1) }
    },
    ResultColumn("image_url", "text", step: 7) { $1.append($0.image?.reference?.url) },
    ResultColumn("image_sha256", "text", step: 7) { $1.append($0.image?.reference?.sha256) },
    ResultColumn("image_media_type", "text", step: 7) { $1.append($0.image?.mediaType) },
    ResultColumn("category") { $1.append($0.category) },
    ResultColumn("true_label") { $1.append($0.truth?.label) },
    ResultColumn("true_captions", "text[]", step: 6) { row, buffer in
      buffer.append(row.truth?.captions) { $0.append($1) }
    },
    ResultColumn("quality", "real", step: 6) { $1.append($0.quality?.value) },
    ResultColumn("labelled_at", "timestamptz", step: 11) { $1.append($0.labelledAt) },
    ResultColumn("produced_at") { $1.append($0.producedAt) },
    ResultColumn("routed_at") { $1.append($0.routedAt) },
    ResultColumn("answered_at") { $1.append($0.answeredAt) },
    ResultColumn("is_text_truncated") { $1.append($0.isTextTruncated) },
    ResultColumn("has_replaced_nulls") { $1.append($0.hasReplacedNulls) },
  ]

  /// A row read back.
  init(_ row: Row, isAudit: Bool) throws {
    let answeredBy: String = try row["answered_by"]
    guard let answerer = AnsweredBy(rawValue: answeredBy) else {
      throw ResultStoreError("answered_by is \(answeredBy), which this version does not know; upgrade it")
    }
    let quality: Float? = try row["quality"]
    let (label, captions): (String?, [String]?) = (try row["true_label"], try row["true_captions"])
    self.init(
      task: try row["task"], id: try row["id"], reply: try Reply(row),
      confidence: try row["confidence"], answeredBy: answerer, modelVersion: try row["model_version"],
      threshold: try row["threshold"], isDegraded: try row["is_degraded"], isAudit: isAudit,
      distribution: try Distribution(row), pruning: try Pruning(row), usage: try Usage(row),
      specific: try SpecificAnswer(row), text: try row["text"], image: try Self.image(row),
      category: try row["category"], truth: label.map(Truth.label) ?? captions.map(Truth.captions),
      quality: quality.flatMap(Quality.init), labelledAt: try row["labelled_at"],
      producedAt: try row["produced_at"], routedAt: try row["routed_at"], answeredAt: try row["answered_at"],
      isTextTruncated: try row["is_text_truncated"], hasReplacedNulls: try row["has_replaced_nulls"])
  }
}

extension Reply {
  /// What stands in `label` or `caption`.
  init(_ row: Row) throws {
    let caption: String? = try row["caption"]
    self = try caption.map(Reply.caption) ?? .label(try row["label"])
  }
}

extension ResultRow {
  /// The sample's input, where the answer can teach; else empty.
  public var input: Input { Input(text: text, image: image) }

  private static func image(_ row: Row) throws -> ImageSource? {
    let (mediaType, bytes): (String?, [UInt8]?) = (try row["image_media_type"], try row["image_data"])
    if let bytes { return .data(bytes, mediaType: mediaType) }
    let (url, sha256): (String?, String?) = (try row["image_url"], try row["image_sha256"])
    return url.map { .url($0, mediaType: mediaType, sha256: sha256) }
  }
}

extension ImageSource {
  /// What stands for an image that is not in the message.
  fileprivate var reference: (url: String, sha256: String?)? {
    if case .url(let url, _, let sha256) = self { (url, sha256) } else { nil }
  }
}

extension NullReplacement {
  fileprivate mutating func clean(_ image: ImageSource) -> ImageSource {
    let mediaType = image.mediaType.map { clean($0) }
    switch image {
    case .data(let bytes, _): return .data(bytes, mediaType: mediaType)
    case .url(let url, _, let sha256): return .url(clean(url), mediaType: mediaType, sha256: sha256.map { clean($0) })
    }
  }

  fileprivate mutating func clean(_ reply: Reply) -> Reply {
    switch reply {
    case .label(let label): .label(clean(label))
    case .caption(let caption): .caption(clean(caption))
    }
  }

  mutating func clean(_ truth: Truth) -> Truth {
    switch truth {
    case .label(let label): .label(clean(label))
    case .captions(let captions): .captions(captions.map { clean($0) })
    }
  }
}
