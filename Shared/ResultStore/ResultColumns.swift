import Cascade
import Postgres

/// The columns of `results` and `audits`, in the order in which rows are written.
enum ResultColumns {
  static let names = [
    "task", "id", "label", "confidence", "answered_by", "model_version", "threshold", "is_degraded", "top_labels",
    "top_probabilities", "rest_probability", "candidates_before", "candidates_after", "entropy_before",
    "entropy_after", "prompt_tokens", "completion_tokens", "cost", "specific_label", "specific_confidence", "text",
    "category", "true_label", "produced_at", "routed_at", "answered_at", "is_text_truncated",
    "has_replaced_nulls",
  ]

  static func buffer(_ rows: some Sequence<ResultRow>) -> CopyBuffer {
    var buffer = CopyBuffer()
    for row in rows { buffer.row { append(row, to: &$0) } }
    return buffer
  }

  private static func append(_ row: ResultRow, to buffer: inout CopyBuffer) {
    buffer.append(row.task)
    buffer.append(row.id)
    buffer.append(row.label)
    buffer.append(row.confidence)
    buffer.append(row.answeredBy.rawValue)
    buffer.append(row.modelVersion)
    buffer.append(row.threshold)
    buffer.append(row.isDegraded)
    append(row.distribution, to: &buffer)
    append(row.pruning, to: &buffer)
    append(row.usage, to: &buffer)
    buffer.append(row.specific?.label)
    buffer.append(row.specific?.confidence)
    buffer.append(row.text)
    buffer.append(row.category)
    buffer.append(row.trueLabel)
    buffer.append(row.producedAt)
    buffer.append(row.routedAt)
    buffer.append(row.answeredAt)
    buffer.append(row.isTextTruncated)
    buffer.append(row.hasReplacedNulls)
  }

  private static func append(_ distribution: Distribution?, to buffer: inout CopyBuffer) {
    guard let distribution else { return buffer.appendNulls(3) }
    buffer.append(distribution.labels)
    buffer.append(distribution.probabilities)
    buffer.append(distribution.rest)
  }

  private static func append(_ pruning: Pruning?, to buffer: inout CopyBuffer) {
    guard let pruning else { return buffer.appendNulls(4) }
    buffer.append(Int32(clamping: pruning.candidatesBefore))
    buffer.append(Int32(clamping: pruning.candidatesAfter))
    buffer.append(pruning.entropyBefore)
    buffer.append(pruning.entropyAfter)
  }

  private static func append(_ usage: Usage?, to buffer: inout CopyBuffer) {
    guard let usage else { return buffer.appendNulls(3) }
    buffer.append(Int32(clamping: usage.promptTokens))
    buffer.append(Int32(clamping: usage.completionTokens))
    buffer.append(usage.cost)
  }
}

extension ResultRow {
  /// A row read back.
  init(_ row: Row, isAudit: Bool) throws {
    let answeredBy: String = try row["answered_by"]
    guard let answerer = AnsweredBy(rawValue: answeredBy) else {
      throw ResultStoreError("answered_by is \(answeredBy), which this version does not know; upgrade it")
    }
    self.init(
      task: try row["task"], id: try row["id"], label: try row["label"], confidence: try row["confidence"],
      answeredBy: answerer, modelVersion: try row["model_version"], threshold: try row["threshold"],
      isDegraded: try row["is_degraded"], isAudit: isAudit, distribution: try Distribution(row),
      pruning: try Pruning(row), usage: try Usage(row), specific: try SpecificAnswer(row), text: try row["text"],
      category: try row["category"], trueLabel: try row["true_label"], producedAt: try row["produced_at"],
      routedAt: try row["routed_at"], answeredAt: try row["answered_at"],
      isTextTruncated: try row["is_text_truncated"],
      hasReplacedNulls: try row["has_replaced_nulls"])
  }
}

extension Distribution {
  fileprivate init?(_ row: Row) throws {
    guard let labels: [String] = try row["top_labels"] else { return nil }
    self.init(labels: labels, probabilities: try row["top_probabilities"], rest: try row["rest_probability"])
  }
}

extension Pruning {
  fileprivate init?(_ row: Row) throws {
    guard let before: Int = try row["candidates_before"] else { return nil }
    self.init(
      candidatesBefore: before, candidatesAfter: try row["candidates_after"],
      entropyBefore: try row["entropy_before"], entropyAfter: try row["entropy_after"])
  }
}

extension Usage {
  fileprivate init?(_ row: Row) throws {
    guard let tokens: Int = try row["prompt_tokens"] else { return nil }
    self.init(promptTokens: tokens, completionTokens: try row["completion_tokens"], cost: try row["cost"])
  }
}

extension SpecificAnswer {
  fileprivate init?(_ row: Row) throws {
    guard let label: String = try row["specific_label"] else { return nil }
    self.init(label: label, confidence: try row["specific_confidence"])
  }
}
