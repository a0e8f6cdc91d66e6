import Foundation
import SmallModel
import Tasks
import Tokenizer

/// A small model fresh from training, not yet calibrated.
public struct TrainedSmallModel: Sendable {
  /// The task's labels, in the order of the classes.
  public let labels: [String]
  /// The weights.
  public let network: TextCNN
  /// What its tokens are.
  public let tokenizer: WordPieceTokenizer
  /// How it was trained.
  public let settings: SmallModelSettings
  /// On how many rows.
  public let trainingCount: Int
  /// How often each token stood in them, [vocabulary].
  public let tokenCounts: [Int32]
  /// Every epoch.
  public let epochs: [TrainingEpoch]
}

extension TrainedSmallModel {
  /// Temperature and facts by held-out rows.
  public func calibration(on heldOut: LabelledTexts) throws -> SmallModelCalibration {
    let texts = heldOut.source(tokenizer: tokenizer, maximumTokens: settings.training.maximumTokens).texts
    return SmallModelCalibration(
      logits: try FoldedTextCNN(network).logits(texts), classes: heldOut.classes, classCount: labels.count)
  }

  /// The model as it is stored, calibrated but for its threshold.
  public func artifact(
    task: String, calibration: SmallModelCalibration, heldOutCount: Int, createdAt: Date = Date()
  ) throws -> SmallModelArtifact {
    let card = ModelCard(
      task: task, version: ModelVersionName.make(task: task, createdAt: createdAt), createdAt: createdAt,
      labels: labels, temperature: Double(calibration.temperature), prior: calibration.facts.prior,
      recall: calibration.facts.recall, precision: calibration.facts.precision, training: settings.training,
      dataCounts: ["training": trainingCount, "held_out": heldOutCount])
    return try SmallModelArtifact(card: card, network: network, tokenizer: tokenizer, tokenCounts: tokenCounts)
  }
}
