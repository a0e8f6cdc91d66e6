import Encoders

/// How a label's name becomes sentences that an input is compared with.
public struct LabelPrompts: Sendable, Equatable, Codable {
  /// Sentences with `{label}` in the name's place; their vectors are averaged.
  public var templates: [String]
  /// What stands in a name's place, by label; other labels stand with underscores as spaces.
  public var descriptions: [String: String]
  /// The sentence that names a small model's probability, with `{label}` and `{p}` in their places.
  public var softTemplate: String

  /// CLIP's own for pictures of any kind.
  public static let pictures = LabelPrompts(templates: ["a photo of a {label}."])

  /// The plain name, unless told otherwise; softly the sentence of the paper (Chen, Zhuang et al. 2024).
  public init(
    templates: [String] = ["{label}"], descriptions: [String: String] = [:],
    softTemplate: String = "This is a photo of a {label} with probability {p}"
  ) {
    self.templates = templates
    self.descriptions = descriptions
    self.softTemplate = softTemplate
  }

  /// A label's sentences, one a template.
  public func sentences(for label: String) -> [String] {
    templates.map { $0.replacing("{label}", with: name(of: label)) }
  }

  /// The sentence for a label that a small model holds so probable.
  func softSentence(for label: String, probability: Float) -> String {
    softTemplate.replacing("{p}", with: LargeModelRequest.shown(probability))
      .replacing("{label}", with: name(of: label))
  }

  private func name(of label: String) -> String {
    descriptions[label] ?? String(label.map { $0 == "_" ? " " : $0 })
  }

  func check(labels: [String]) throws(LargeModelError) {
    guard !labels.isEmpty else { throw LargeModelError(.badRequest, "labels: none are given") }
    guard !templates.isEmpty else { throw LargeModelError(.badRequest, "templates: at least one is needed") }
    for template in templates where !template.contains("{label}") {
      throw LargeModelError(.badRequest, "templates: \"\(template)\" lacks {label}")
    }
    for label in descriptions.keys.sorted() where !labels.contains(label) {
      throw LargeModelError(.badRequest, "descriptions: \(label) is no label of the task")
    }
  }
}

extension FeatureMatrix {
  /// The mean of each run of `count` rows, scaled to length 1.
  func averaged(each count: Int) -> FeatureMatrix {
    var means = FeatureMatrix(rows: rows / count, columns: columns)
    for label in 0..<means.rows {
      var sum = [Float](repeating: 0, count: columns)
      for row in label * count..<(label + 1) * count {
        for (column, value) in self[row].enumerated() { sum[column] += value }
      }
      let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
      means.values.replaceSubrange(
        label * columns..<(label + 1) * columns, with: sum.map { $0 / max(length, .leastNormalMagnitude) })
    }
    return means
  }
}
