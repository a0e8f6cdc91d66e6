import Encoders
import LargeModel

extension LargeModelKind {
  /// A sentence encoder that compares texts with label prompts.
  static let zeroShot = LargeModelKind(traits: { _ in LargeModelTraits() }) { task, parts in
    let settings = task.largeModel
    return try await ZeroShotClassifier(
      encoder: parts.models.encoder(settings), labels: parts.labels,
      prompts: LabelPrompts(templates: settings.templates, descriptions: task.descriptions),
      temperature: settings.temperature)
  }
}
