import Classification
import Foundation

/// What is known of a model beside its weights.
public struct ModelCard: Codable, Sendable, Equatable {
  /// The task that it answers.
  public var task: String
  /// The version's name, as results and the model store have it.
  public var version: String
  /// The version that it was trained from; `nil` for one trained anew.
  public var parent: String?
  /// When it was trained.
  public var createdAt: Date
  /// The labels, in the order of the logits; none twice. A captioner has none.
  public var labels: [String]
  /// What logits are divided by before the softmax, fitted on held-out data; above 0. Of a captioner, those of each token.
  public var temperature: Double
  /// How confidence follows from a caption's probabilities; `nil` before calibration, and for what answers with labels.
  public var calibration: CaptionCalibration?
  /// Shunt thresholds by what they are for.
  public var thresholds: [String: Double]
  /// The model's class prior, [labels] or empty.
  public var prior: [Float]
  /// The share of each label's held-out texts that it finds, [labels] or empty.
  public var recall: [Float]
  /// The share of its held-out answers that is right, for each label, [labels] or empty.
  public var precision: [Float]
  /// The pruning that was chosen with the threshold; `nil` where the task names one itself.
  public var pruning: PruningMode?
  /// How it was trained; `training.maximumTokens` also holds for texts that it answers.
  public var training: TrainingSettings
  /// How many texts it was trained, validated … on, by their use.
  public var dataCounts: [String: Int]

  /// A card; what is fitted later starts as it stands for a model that is not calibrated.
  public init(
    task: String, version: String, parent: String? = nil, createdAt: Date, labels: [String], temperature: Double = 1,
    thresholds: [String: Double] = [:], prior: [Float] = [], recall: [Float] = [], precision: [Float] = [],
    training: TrainingSettings, dataCounts: [String: Int] = [:]
  ) {
    self.task = task
    self.version = version
    self.parent = parent
    self.createdAt = createdAt
    self.labels = labels
    self.temperature = temperature
    self.thresholds = thresholds
    self.prior = prior
    self.recall = recall
    self.precision = precision
    self.training = training
    self.dataCounts = dataCounts
  }

  /// Refuses a card that does not fit itself or a network of `labelCount` labels.
  func validate(labelCount: Int) throws {
    guard labels.count == labelCount else {
      throw SmallModelError("the card has \(labels.count) labels, the network \(labelCount)")
    }
    guard Set(labels).count == labels.count else { throw SmallModelError("the card names a label twice") }
    guard temperature > 0, temperature.isFinite else {
      throw SmallModelError("the card's temperature is \(temperature), it must be above 0")
    }
    for (values, name) in [(prior, "prior"), (recall, "recall"), (precision, "precision")] {
      guard values.isEmpty || values.count == labelCount else {
        throw SmallModelError("the card's \(name) has \(values.count) numbers for \(labelCount) labels")
      }
      guard values.allSatisfy({ (0...1).contains($0) }) else {
        throw SmallModelError("the card's \(name) holds a number outside 0 ... 1")
      }
    }
    try training.validate()
  }
}
