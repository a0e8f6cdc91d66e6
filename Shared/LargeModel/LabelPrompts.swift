/// How a label's name becomes sentences that a text is compared with.
public struct LabelPrompts: Sendable, Equatable, Codable {
  /// Sentences with `{label}` in the name's place; their vectors are averaged.
  public var templates: [String]
  /// What stands in a name's place, by label; other labels stand with underscores as spaces.
  public var descriptions: [String: String]

  /// The plain name, unless told otherwise.
  public init(templates: [String] = ["{label}"], descriptions: [String: String] = [:]) {
    self.templates = templates
    self.descriptions = descriptions
  }

  /// A label's sentences, one a template.
  public func sentences(for label: String) -> [String] {
    let name = descriptions[label] ?? String(label.map { $0 == "_" ? " " : $0 })
    return templates.map { $0.replacing("{label}", with: name) }
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
