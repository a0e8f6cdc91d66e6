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
  /// What it is wrong about at each threshold; what goes on counts as right.
  public let curve: ThresholdCurve

  /// Fits a temperature on held-out logits, and counts.
  /// - Parameter truths: [inputs], class indices.
  package init(_ logits: Logits, truths: [Int]) {
    temperature = Temperature.fit(logits: logits.values, labels: truths, classCount: logits.classCount)
    let answers = logits.answers(temperature: temperature)
    facts = SmallModelFacts(answers, truths: truths)
    let qualities = zip(answers.top, truths).map { LabelQuality.of($0.label, truth: $1) }
    calibrationError = CalibrationError.expected(
      confidences: answers.top.map(\.probability), qualities: qualities)
    curve = ThresholdCurve(
      zip(answers.top, qualities).map { top, quality in
        HeldOutOutcome(confidence: top.probability, quality: quality, agreement: quality, nextQuality: 1)
      })
  }
}

/// What a small model answers to inputs, by itself.
package struct SmallModelAnswers: Sendable {
  /// [inputs]
  package let top: [TopLabel]
  /// [classes]: the mean of what it holds probable.
  package let prior: [Float]
}

extension Logits {
  /// The answers at a temperature.
  package func answers(temperature: Float) -> SmallModelAnswers {
    var prior = [Float](repeating: 0, count: classCount)
    let top = indices.map { input in
      let probabilities = probabilities(input, temperature: temperature)
      for label in prior.indices { prior[label] += probabilities[label] / Float(indices.count) }
      return TopLabel(probabilities)
    }
    return SmallModelAnswers(top: top, prior: prior)
  }
}

extension SmallModelFacts {
  /// What prompt pruning needs to know of a small model, counted on held-out answers.
  /// - Parameter truths: [inputs], class indices.
  package init(_ answers: SmallModelAnswers, truths: [Int]) {
    let quality = ClassQuality(answers: answers.top.map(\.label), labels: truths, classCount: answers.prior.count)
    self.init(prior: answers.prior, recall: quality.recall, precision: quality.precision)
  }
}
