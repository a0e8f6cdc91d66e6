import Encoders
import LargeModel

extension LargeModelKind {
  /// CLIP, which compares pictures with label prompts.
  static let clip = LargeModelKind(traits: { _ in
    var traits = LargeModelTraits()
    traits.reads = [.image]
    traits.readsProbabilities = true
    return traits
  }) { task, parts in
    let settings = task.largeModel
    return try await CLIPClassifier(
      encoder: CLIPEncoder(contentsOf: parts.models.encoder(settings.encoder), threads: settings.threads),
      labels: parts.labels,
      prompts: LabelPrompts(
        templates: settings.templates, descriptions: task.descriptions, softTemplate: settings.softTemplate))
  }
}
