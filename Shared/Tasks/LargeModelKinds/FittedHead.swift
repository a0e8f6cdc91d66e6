import Encoders
import Foundation
import LargeModel

extension LargeModelKind {
  /// A sentence encoder with a linear head fitted on labelled data.
  static let linearHead = LargeModelKind(traits: { _ in
    var traits = LargeModelTraits()
    traits.needsHead = true
    return traits
  }) { task, parts in
    try HeadClassifier(
      encoder: parts.models.encoder(task.largeModel), head: parts.head ?? fittedHead(task), labels: parts.labels)
  }

  private static func fittedHead(_ task: TaskDefinition) throws -> LinearHead {
    guard let file = task.largeModel.head else {
      throw TaskError(
        "task \(task.name): large_model.head must name the fitted head's file; 'shunt train' makes it")
    }
    return try LinearHead(contentsOf: URL(fileURLWithPath: file))
  }
}
