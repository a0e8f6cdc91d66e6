import Cascade
import Classification
import SmallModel
import Tasks

/// A small model's temperature and held-out facts: what makes its confidence mean what it says.
public struct SmallModelCalibration: Sendable, Equatable {
  /// T of temperature scaling.
  public let temperature: Float
  /// Prior, recall and precision by class.
  public let facts: SmallModelFacts
  /// Expected calibration error with that temperature, 0 to 1.
  public let calibrationError: Float

  /// Fits a temperature on held-out logits, [samples × classes], and counts.
  public init(logits: [Float], classes: [Int], classCount: Int) {
    temperature = Temperature.fit(logits: logits, labels: classes, classCount: classCount)
    var prior = [Float](repeating: 0, count: classCount)
    var confidences: [TopLabel] = []
    for row in classes.indices {
      let probabilities = Softmax.probabilities(
        Array(logits[row * classCount..<(row + 1) * classCount]), temperature: temperature)
      for index in prior.indices { prior[index] += probabilities[index] / Float(classes.count) }
      confidences.append(TopLabel(probabilities))
    }
    let quality = ClassQuality(answers: confidences.map(\.label), labels: classes, classCount: classCount)
    facts = SmallModelFacts(prior: prior, recall: quality.recall, precision: quality.precision)
    calibrationError = CalibrationError.expected(
      confidences: confidences.map(\.probability),
      qualities: zip(confidences, classes).map { LabelQuality.of($0.label, truth: $1) })
  }
}
