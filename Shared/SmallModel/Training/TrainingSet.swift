import Cascade
import Tokenizer

/// Inputs as a network reads them, with targets. Training takes batches of its sets in turn.
public struct TrainingSet<Inputs: TrainingInputs>: Sendable, Equatable {
  /// The inputs.
  public let inputs: Inputs
  /// One target an input.
  public let targets: Targets
  /// A factor on this set's loss; above 0.
  public let weight: Double

  /// Inputs with targets; training checks that they fit each other and the network.
  public init(inputs: Inputs, targets: Targets, weight: Double = 1) {
    self.inputs = inputs
    self.targets = targets
    self.weight = weight
  }

  /// How many inputs.
  public var count: Int { inputs.count }

  /// The right label of each input: the target, or the most probable one.
  func labels(of labelCount: Int) -> [Int] { targets.labels(count: count, of: labelCount) }

  /// The inputs at `indices` with their targets.
  public func selecting(_ indices: [Int], labels labelCount: Int) -> TrainingSet {
    let selected: Targets =
      switch targets {
      case .labels(let labels): .labels(indices.map { labels[$0] })
      case .distributions(let values):
        .distributions(indices.flatMap { values[$0 * labelCount..<($0 + 1) * labelCount] })
      }
    return TrainingSet(inputs: inputs.selecting(indices), targets: selected, weight: weight)
  }

  /// Parts a random share off.
  /// - Returns: what stays and what was parted off, at least one input each where there are two.
  public func split(
    heldOutShare: Double, labels labelCount: Int, seed: UInt64
  ) -> (training: TrainingSet, heldOut: TrainingSet) {
    var generator = SplitMix64(seed: seed)
    let order = (0..<count).shuffled(using: &generator)
    let heldOut = min(max(1, Int((Double(count) * heldOutShare).rounded())), max(0, count - 1))
    return (
      selecting(order.dropFirst(heldOut).sorted(), labels: labelCount),
      selecting(order.prefix(heldOut).sorted(), labels: labelCount)
    )
  }

  /// Refuses targets that do not fit the inputs or the network.
  func validate(labels labelCount: Int, name: String) throws(SmallModelError) {
    guard weight > 0, weight.isFinite else {
      throw SmallModelError("\(name): its weight is \(weight), it must be above 0")
    }
    switch targets {
    case .labels(let labels):
      guard labels.count == count else {
        throw SmallModelError("\(name): \(count) inputs but \(labels.count) labels")
      }
      for label in labels where label < 0 || label >= labelCount {
        throw SmallModelError("\(name): label \(label) is not one of the network's \(labelCount)")
      }
    case .distributions(let values):
      guard values.count == count * labelCount else {
        throw SmallModelError("\(name): \(count) inputs × \(labelCount) labels but \(values.count) probabilities")
      }
      guard values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw SmallModelError("\(name): a teacher's probability is negative or not finite")
      }
    }
  }
}

/// Texts as networks over tokens read them, with targets.
public typealias TrainingSource = TrainingSet<TokenizedTexts>

extension TrainingSource {
  /// Examples as networks over tokens read them, without special tokens.
  init(_ examples: TrainingExamples, tokenizer: WordPieceTokenizer, maximum: Int) {
    self.init(
      texts: TokenizedTexts(examples.inputs, tokenizer: tokenizer, maximum: maximum), targets: examples.targets)
  }
}

extension TrainingSource {
  /// Texts with targets.
  public init(texts: TokenizedTexts, targets: Targets, weight: Double = 1) {
    self.init(inputs: texts, targets: targets, weight: weight)
  }

  /// The texts.
  public var texts: TokenizedTexts { inputs }

  /// Refuses tokens outside of a vocabulary, and targets that do not fit the texts or the network.
  func validate(vocabulary: Int, labels: Int, name: String) throws(SmallModelError) {
    for token in texts.tokens where token < 0 || token >= vocabulary {
      throw SmallModelError("\(name): token \(token) is not in the vocabulary of \(vocabulary)")
    }
    try validate(labels: labels, name: name)
  }
}
