import Cascade
import Content
import Encoders
import Foundation
import SmallModel
import Tasks

/// A small model fresh from training, not yet calibrated.
public struct TrainedSmallModel: Sendable {
  /// The task's labels, in the order of the classes.
  public let labels: [String]
  /// The weights, and what encodes the input.
  public let network: any SmallModelNetwork
  /// How it was trained.
  public let training: TrainingSettings
  /// On how many rows.
  public let trainingCount: Int
  /// Every epoch.
  public let epochs: [TrainingEpoch]
}

extension TrainedSmallModel {
  /// Temperature and facts by held-out rows.
  public func calibration(on heldOut: LabelledInputs, encoders: EncoderLibrary) throws -> SmallModelCalibration {
    let card = ModelCard(task: "", version: "", createdAt: Date(), labels: labels, training: training)
    let predictor = try network.predictor(card, PredictorOptions(precision: .float32, encoders: encoders))
    return SmallModelCalibration(try Logits(predictor, heldOut.inputs), truths: heldOut.classes)
  }

  /// The model as it is stored, calibrated but for its threshold.
  public func artifact(
    task: String, as answeredBy: AnsweredBy, calibration: SmallModelCalibration, heldOutCount: Int,
    createdAt: Date = Date()
  ) throws -> SmallModelArtifact {
    let card = ModelCard(
      task: task, version: ModelVersionName.make(task: task, as: answeredBy, createdAt: createdAt),
      createdAt: createdAt,
      labels: labels, temperature: Double(calibration.temperature), prior: calibration.facts.prior,
      recall: calibration.facts.recall, precision: calibration.facts.precision, training: training,
      dataCounts: ["training": trainingCount, "held_out": heldOutCount])
    return try SmallModelArtifact(card: card, network: network)
  }
}
