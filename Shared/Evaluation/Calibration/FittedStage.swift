import Cascade

/// A small model at its place in a cascade, and what it says of held-out samples.
package struct Fitted<Answers: Sendable>: Sendable {
  /// Its place and δ.
  package let stage: CascadeStage
  /// T, above 0.
  package let temperature: Float
  /// Of all samples.
  package let answers: Answers

  package init(stage: CascadeStage, temperature: Float, answers: Answers) {
    self.stage = stage
    self.temperature = temperature
    self.answers = answers
  }
}

/// A stage that answers with labels.
package typealias FittedStage = Fitted<Logits>

extension FittedStage {
  package init(stage: CascadeStage, temperature: Float, logits: Logits) {
    self.init(stage: stage, temperature: temperature, answers: logits)
  }

  /// Of all samples.
  package var logits: Logits { answers }
}

/// A small model whose δ is to be fitted.
package struct Open<Answers: Sendable>: Sendable {
  /// Its place.
  package let answeredBy: AnsweredBy
  /// Its version's name.
  package let version: String
  /// T, above 0; `nil`: fitted too.
  package let temperature: Float?
  /// Of all samples.
  package let answers: Answers

  package init(answeredBy: AnsweredBy, version: String, temperature: Float? = nil, answers: Answers) {
    self.answeredBy = answeredBy
    self.version = version
    self.temperature = temperature
    self.answers = answers
  }

  /// The stage with what was fitted.
  package func fitted(_ fit: StageFit) -> Fitted<Answers> {
    Fitted(
      stage: CascadeStage(answeredBy: answeredBy, version: version, threshold: fit.threshold),
      temperature: fit.temperature, answers: answers)
  }
}

/// A stage that answers with labels.
package typealias OpenStage = Open<Logits>

extension OpenStage {
  package init(answeredBy: AnsweredBy, version: String, temperature: Float? = nil, logits: Logits) {
    self.init(answeredBy: answeredBy, version: version, temperature: temperature, answers: logits)
  }

  /// Of all samples.
  package var logits: Logits { answers }
}

/// What was fitted of a stage.
package struct StageFit: Sendable {
  /// T.
  package let temperature: Float
  /// Its confidence against δ, over what the stages before it pass on.
  package let curve: ThresholdCurve
  /// The point of the curve that serves the rule, or why there is none.
  package let choice: Result<ThresholdCurve.Point, ThresholdError>

  /// δ; above 1 where no threshold satisfies the rule: then the stage answers nothing.
  package var threshold: Float {
    switch choice {
    case .success(let point): point.threshold
    case .failure: ThresholdCurve.nothingIsEasy
    }
  }

  /// Why no threshold satisfies the rule; `nil` where one does.
  package var failure: String? {
    switch choice {
    case .success: nil
    case .failure(let error): error.description
    }
  }
}
