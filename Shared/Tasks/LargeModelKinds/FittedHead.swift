import Encoders
import Foundation
import LargeModel

extension LargeModelKind {
  /// A sentence or image encoder with a linear head fitted on labelled data.
  static let linearHead = LargeModelKind(traits: { settings in
    var traits = LargeModelTraits()
    traits.needsHead = true
    if ModelsFolder().holdsImageEncoder(settings.encoder) { traits.reads = [.image] }
    return traits
  }) { task, parts in
    try HeadClassifier(
      encoder: parts.models.headEncoder(task.largeModel), head: parts.head ?? fittedHead(task), labels: parts.labels)
  }

  private static func fittedHead(_ task: TaskDefinition) throws -> LinearHead {
    guard let file = task.largeModel.head else {
      throw TaskError(
        "task \(task.name): large_model.head must name the fitted head's file; 'shunt train' makes it")
    }
    return try LinearHead(contentsOf: URL(fileURLWithPath: file))
  }
}

extension ModelsFolder {
  /// The encoder that a linear head's settings name, of the kind that its folder holds.
  fileprivate func headEncoder(_ settings: LargeModelSettings) throws -> HeadClassifier.Encoder {
    switch try reads(settings.encoder) {
    case .text: .sentences(try encoder(settings))
    case .image:
      .images(try ImageEncoder(contentsOf: encoder(settings.encoder), threads: settings.threads, kept: features))
    }
  }
}
