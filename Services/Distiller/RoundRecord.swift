import Evaluation
import Classification
import Foundation
import Messages
import ModelStore
import ResultStore
import SmallModel

/// What of a round goes into the stores, and what comes from there.
extension StreamAnswer {
  /// A stored answer; `nil` without its sample's input, and for one that would be refused today: its numbers may be no
  /// probabilities.
  init?(_ row: ResultRow) {
    guard !row.input.isEmpty, row.refusal == nil else { return nil }
    self.init(
      id: row.id, input: row.input, category: row.category, truth: row.truth,
      large: row.answeredBy == .large ? LargeOpinion(row) : nil)
  }
}

extension LargeOpinion {
  fileprivate init(_ row: ResultRow) {
    switch row.reply {
    case .label(let label): self.init(label: label, distribution: LabelDistribution(row))
    case .caption(let caption): self.init(caption: caption, confidence: row.confidence)
    }
  }
}

extension LabelDistribution {
  /// What the answering model held probable; where only its answer is known, that one alone is named. `nil` where nobody
  /// knows how probable that is.
  fileprivate init?(_ row: ResultRow) {
    guard let confidence = row.confidence else { return nil }
    guard let stored = row.distribution else {
      self.init(top: [Entry(label: row.reply.text, probability: confidence)], rest: 1 - confidence)
      return
    }
    self.init(
      top: zip(stored.labels, stored.probabilities).map { Entry(label: $0, probability: $1) }, rest: stored.rest)
  }
}

extension Distillation.Candidate {
  /// The candidate as the store keeps it.
  func description(seed: UInt64) -> ModelDescription {
    let card = model.card
    return ModelDescription(
      task: card.task, role: role, version: card.version, parent: card.parent,
      dataCounts: card.dataCounts,
      seed: Int(clamping: seed), metrics: verdict.flattened.merging(flattenedCurve) { first, _ in first },
      thresholds: card.thresholds)
  }

  /// At most 21 points, as `curve.00.threshold` and so on.
  private var flattenedCurve: [String: Double] {
    let most = 21
    let points =
      curve.count <= most ? curve : (0..<most).map { curve[$0 * (curve.count - 1) / (most - 1)] }
    var metrics: [String: Double] = [:]
    for (index, point) in points.enumerated() {
      let name = "curve." + (index < 10 ? "0" : "") + "\(index)"
      metrics["\(name).threshold"] = Double(point.threshold)
      metrics["\(name).query_share"] = Double(point.queryShare)
      metrics["\(name).\(verdict.quality.nameOfMean)"] = Double(point.accuracy)
    }
    return metrics
  }
}

extension Verdict {
  /// The figures by flat names: `cascade.accuracy`, of captions `cascade.bleu`, `in_force.query_share`,
  /// `region.tail.accuracy`.
  var flattened: [String: Double] {
    var metrics = candidate.flattened("cascade", quality)
      .merging(inForce.flattened("in_force", quality)) { first, _ in first }
      .merging(undistilled.flattened("undistilled", quality)) { first, _ in first }
    for (name, interval) in [(quality.rawValue, accuracyDifference), ("query_share", queryShareDifference)] {
      metrics["difference.\(name)"] = interval.estimate
      metrics["difference.\(name).lower"] = interval.lower
      metrics["difference.\(name).upper"] = interval.upper
    }
    // Labels are too many for a table of metrics; what went wrong with one stands in the reasons.
    for comparison in groups where comparison.group.kind != .label {
      let name = "\(comparison.group.kind.rawValue).\(comparison.group.name)"
      metrics["\(name).\(quality.nameOfMean)"] = comparison.candidate.accuracy
      metrics["\(name).query_share"] = comparison.candidate.queryShare
    }
    return metrics
  }
}

extension CorpusQuality {
  /// Thresholds are chosen, and groups compared, by the mean quality, which for captions is their sentence BLEU.
  fileprivate var nameOfMean: String {
    switch self {
    case .accuracy: "accuracy"
    case .bleu: "quality"
    }
  }
}

extension CascadeMetrics {
  fileprivate func flattened(_ name: String, _ quality: CorpusQuality) -> [String: Double] {
    let figure = "\(name).\(quality.rawValue)"
    return [
      figure: accuracy.estimate, "\(figure).lower": accuracy.lower, "\(figure).upper": accuracy.upper,
      "\(name).query_share": queryShare,
      "\(name).calibration_error": calibrationError, "\(name).samples": Double(samples),
    ]
  }
}

extension TeacherSelection.Counts {
  /// The counts as a round's row keeps them.
  var named: [String: Int] {
    [
      "read": read, "stage 1": stage1, "stage 2": stage2, "held out": heldOut, "unsure": unsure,
      "without confidence": withoutConfidence, "unknown label": unknownLabel, "contradicted": contradicted,
      "repeated": repeated, "over label cap": overLabelCap, "over category cap": overCategoryCap,
    ]
  }
}
