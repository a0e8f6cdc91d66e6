import Classification
import Content
import LargeModel
import SmallModel

/// What is known of a small model from held-out data, as far as pruning needs it. Comes with its version.
public struct SmallModelFacts: Sendable, Equatable {
  /// [classes]: its mean prediction on held-out data.
  public var prior: [Float]
  /// [classes]
  public var recall: [Float]
  /// [classes]
  public var precision: [Float]
  /// The pruning that was chosen with its threshold, where the task leaves that to calibration.
  public var pruning: PruningMode?

  /// Facts of one version.
  public init(prior: [Float], recall: [Float], precision: [Float], pruning: PruningMode? = nil) {
    self.pruning = pruning
    self.prior = prior
    self.recall = recall
    self.precision = precision
  }
}

/// Prunes what the large model is asked, and weighs what it answers (the paper's prompt pruning): before and after it,
/// the same in the worker and offline.
public struct PromptPruner: Sendable {
  /// What one sample's pruned question rests on.
  public struct Question: Sendable {
    /// What the large model is asked.
    public let request: LargeModelRequest
    /// The small model's probabilities over all classes; `nil` where it said nothing, and nothing is pruned then.
    public let small: [Float]?
  }

  /// What comes of the large model's answer.
  public struct Conclusion: Sendable {
    /// The class that is answered.
    public var label: Int
    /// [classes]; `nil` where the answer has no probabilities, or where there was nothing to choose from.
    public var probabilities: [Float]?
    /// N, M, and the candidates' entropy before and after pruning, in bits.
    public let candidates: (before: Int, after: Int)
    /// In bits: log₂ N, and that of the pruned candidates as weighed.
    public let entropy: (before: Float, after: Float)

    /// The answer's probability, 0 to 1.
    public var confidence: Float? { probabilities?[label] }
  }

  private let settings: PruningSettings
  private let mode: PruningMode
  private let classCount: Int
  private let prior: [Float]?
  private let hardPrompt: HardPrompt?

  /// - Parameters:
  ///   - mode: in place of the settings' own.
  ///   - classCount: how many labels the task has; 0 where it answers with captions.
  ///   - facts: of the small model's version; without them nothing is pruned.
  public init(settings: PruningSettings, mode: PruningMode? = nil, classCount: Int, facts: SmallModelFacts?) {
    let mode = mode ?? settings.mode
    self.mode = mode
    // A version with other labels says nothing about these.
    let facts = facts.flatMap { facts in
      [facts.prior, facts.recall, facts.precision].allSatisfy { $0.count == classCount } ? facts : nil
    }
    self.settings = settings
    self.classCount = classCount
    prior = facts?.prior
    hardPrompt = facts.flatMap { facts in
      mode.prunesCandidates
        ? HardPrompt(rule: settings.hard, recall: facts.recall, precision: facts.precision) : nil
    }
  }

  /// What to ask about an input.
  /// - Parameter small: [classes], the small model's probabilities.
  public func question(id: String?, input: Input, small: [Float]?) -> Question {
    let candidates = small.flatMap { small in hardPrompt?.candidates(small: small) } ?? Array(0..<classCount)
    let tells = mode.weighsCandidates && settings.form == .text
    return Question(
      request: LargeModelRequest(id: id, input: input, candidates: candidates, prior: tells ? small : nil), small: small
    )
  }

  /// What to ask for a caption of an input.
  /// - Parameter suggestion: the small model's caption, where it said one.
  public func question(
    captionOf input: Input, id: String?, suggestion: LargeModelRequest.Suggestion?
  ) -> Question {
    Question(
      request: LargeModelRequest(captionOf: input, id: id, suggestion: mode == .soft ? suggestion : nil), small: nil)
  }

  /// What the answer comes to. One without probabilities is not weighed: that would make it certain. Nor is one candidate
  /// certain because it was the only one.
  /// - Returns: `nil` for a caption, which chooses among no labels.
  public func conclude(_ question: Question, _ answer: LargeModelAnswer) -> Conclusion? {
    guard let label = answer.label else { return nil }
    var probabilities = question.request.candidates.count > 1 ? answer.probabilities : nil
    var weights = [Float](repeating: 1 / Float(question.request.candidates.count), count: classCount)
    if mode.weighsCandidates, let small = question.small, let prior {
      switch (settings.form, probabilities) {
      case (.text, _): weights = small
      case (.product, let large?):
        weights = small
        probabilities = SoftPrompt.combine(large: large, small: small, prior: prior, weight: settings.weight)
      case (.product, nil): break
      }
    }
    let mass = question.request.candidates.reduce(Float(0)) { $0 + weights[$1] }
    let entropy = Entropy.bits(question.request.candidates.map { mass > 0 ? weights[$0] / mass : 0 })
    return Conclusion(
      label: probabilities.map { TopLabel($0).label } ?? label, probabilities: probabilities,
      candidates: (classCount, question.request.candidates.count),
      entropy: (Entropy.bits([Float](repeating: 1 / Float(classCount), count: classCount)), entropy))
  }
}

extension ModelCard {
  /// What pruning needs; `nil` for a model that is not calibrated.
  public var facts: SmallModelFacts? {
    prior.isEmpty || recall.isEmpty || precision.isEmpty
      ? nil : SmallModelFacts(prior: prior, recall: recall, precision: precision, pruning: pruning)
  }
}
