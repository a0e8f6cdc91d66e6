import Content

/// What a captioner shall say of each input.
public enum CaptionTargets: Sendable, Equatable {
  /// Captions, [inputs][one or more], each as good as the others: people's, or those of a large model, which teach it by its
  /// sequences (Kim and Rush 2016). Each is a target of its own, learnt by cross-entropy.
  case captions([[String]])
  /// A captioner's own captions with what it held probable, [inputs]: learnt by cross-entropy to these distributions, step by
  /// step; what a step leaves to the rest teaches nothing.
  case distributions([CaptionDistribution])

  var count: Int {
    switch self {
    case .captions(let captions): captions.count
    case .distributions(let distributions): distributions.count
    }
  }
}

/// Inputs with what a captioner shall say of them. Training takes batches of its sets in turn, each set's spread evenly over
/// an epoch; an input with several captions stands in an epoch once for each.
public struct CaptionExamples: Sendable {
  /// The inputs.
  public let inputs: [Input]
  /// One target an input.
  public let targets: CaptionTargets

  /// Inputs with targets; training checks that they fit each other and the network.
  public init(inputs: [Input], targets: CaptionTargets) { (self.inputs, self.targets) = (inputs, targets) }

  /// - Throws: `SmallModelError` where inputs and targets do not fit each other; naming the first input that lacks what a
  ///   network reads, or has no caption.
  func check(have kind: Input.Kind) throws(SmallModelError) {
    guard inputs.count == targets.count else {
      throw SmallModelError("\(inputs.count) inputs but \(targets.count) targets")
    }
    if let index = inputs.firstIndex(where: { !$0.holds(kind) }) {
      throw SmallModelError("input \(index) has no \(kind.rawValue), which the network reads")
    }
    if case .captions(let captions) = targets, let index = captions.firstIndex(where: \.isEmpty) {
      throw SmallModelError("input \(index) has no caption to learn from")
    }
  }
}
