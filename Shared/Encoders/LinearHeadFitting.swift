import Concurrency
import Torch

/// Labelled features, to fit a head on.
public struct LabelledFeatures: Sendable {
  /// A row a text.
  public var features: FeatureMatrix
  /// Each text's class, as an index into the task's labels.
  public var targets: [Int]

  /// Pairs rows with their classes.
  public init(features: FeatureMatrix, targets: [Int]) {
    self.features = features
    self.targets = targets
  }

  func selecting(_ rows: [Int]) -> LabelledFeatures {
    LabelledFeatures(features: features.selecting(rows), targets: rows.map { targets[$0] })
  }
}

/// How a head is fitted.
public struct LinearHeadFitting: Sendable, Equatable {
  /// Weight decays to try; the held-out loss decides.
  public var weightDecays: [Double] = [0.1, 1, 5]
  /// What a weight decay may be.
  package static let weightDecayRange = 0.0...1000
  /// The share of the data that is held out for that, every class alike.
  public var heldOutShare: Double = 0.1
  /// The most passes over the data; more where they come to fewer than `leastSteps`.
  public var epochs: Int = 20
  /// Steps that the passes come to, at the least: each moves a weight by the learning rate at most, so that few passes over
  /// few texts end while the loss still falls.
  public var leastSteps: Int = 1500
  /// The part of all passes without a smaller held-out loss after which a decay's fit ends.
  public var patience: Double = 0.2
  /// Texts a step.
  public var batchSize: Int = 256
  /// AdamW's, at the first step; it falls to 0 by half a cosine. `nil`: as `defaultLearningRate` says.
  public var learningRate: Double?
  /// Threads of libtorch's operations.
  public var threads: Int = 1
  /// Of the held-out draw and the order of batches.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  /// 0.6 / features: Adam's first steps move every weight by the rate, and a logit by up to the rate times the features.
  package static func defaultLearningRate(features: Int) -> Double { 0.6 / Double(features) }

  /// What a fit came to.
  public struct Outcome: Sendable {
    /// The head, fitted on all data.
    public var head: LinearHead
    /// The chosen decay.
    public var weightDecay: Double
    /// The chosen number of passes.
    public var epochs: Int
    /// Mean cross-entropy on the held-out texts, in nats, while these were held out.
    public var heldOutLoss: Double
    /// Share of held-out texts that were right, while these were held out.
    public var heldOutAccuracy: Double
  }

  /// Chooses decay and passes on held-out texts, then fits on all of them. Runs on a thread of its own.
  public func fit(
    _ data: LabelledFeatures, labels: [String], encoderVersion: String, pooling: Pooling
  ) async throws -> Outcome {
    try check(data, labels: labels)
    let thread = DedicatedThread(name: "linear head")
    return try await thread.run {
      try withThreads(threads) {
        try fitHere(data, labels: labels, encoderVersion: encoderVersion, pooling: pooling)
      }
    }
  }

  private func fitHere(
    _ data: LabelledFeatures, labels: [String], encoderVersion: String, pooling: Pooling
  ) throws -> Outcome {
    let (fitted, heldOut) = split(data.targets, classes: labels.count)
    let fitting = lengthened(for: fitted.count)
    let standard = Standardisation(data.features)
    let all = try TensorData(data, standard)
    let (training, validation) = (try all.selecting(fitted), try all.selecting(heldOut))
    var best: (decay: Double, trial: Trial)?
    for decay in weightDecays {
      let trial = try fitting.search(training, validation, classes: labels.count, decay: decay)
      if best.map({ trial.loss < $0.trial.loss }) ?? true { best = (decay, trial) }
    }
    guard let best else {
      throw EncoderError("weightDecays: at least one is needed, and a finite loss")
    }
    let final = try LogisticRegression(all, classes: labels.count, fitting: fitting, decay: best.decay)
    for epoch in 0..<best.trial.epochs { try final.pass(epoch) }
    let (weight, bias) = try final.parameters()
    let (folded, foldedBias) = standard.folded(weight, bias, classes: labels.count)
    let head = LinearHead(
      encoderVersion: encoderVersion, pooling: pooling, labels: labels, weightDecay: best.decay, weight: folded,
      bias: foldedBias)
    return Outcome(
      head: head, weightDecay: best.decay, epochs: best.trial.epochs, heldOutLoss: best.trial.loss,
      heldOutAccuracy: best.trial.accuracy)
  }

  /// With as many passes over so many texts as `leastSteps` asks for.
  package func lengthened(for texts: Int) -> LinearHeadFitting {
    var fitting = self
    let steps = max(1, (texts + batchSize - 1) / batchSize)
    fitting.epochs = max(epochs, (leastSteps + steps - 1) / steps)
    return fitting
  }

  private struct Trial {
    var epochs = 0
    var loss = Double.infinity
    var accuracy = 0.0
  }

  private func search(_ training: TensorData, _ validation: TensorData, classes: Int, decay: Double) throws -> Trial {
    let steps = try LogisticRegression(training, classes: classes, fitting: self, decay: decay)
    var best = Trial()
    let patience = max(1, Int((Double(epochs) * patience).rounded()))
    for epoch in 0..<epochs where epoch < best.epochs + patience {
      try steps.pass(epoch)
      let (loss, accuracy) = try steps.score(validation)
      if loss < best.loss { best = Trial(epochs: epoch + 1, loss: loss, accuracy: accuracy) }
    }
    return best
  }

  /// Rows to fit on and rows to hold out; of each class with at least two texts at least one is fitted on.
  private func split(_ targets: [Int], classes: Int) -> (fitted: [Int], heldOut: [Int]) {
    var generator = SplitMix64(state: seed)
    var rows = [[Int]](repeating: [], count: classes)
    for row in targets.indices.shuffled(using: &generator) { rows[targets[row]].append(row) }
    var (fitted, heldOut): ([Int], [Int]) = ([], [])
    for ofClass in rows {
      let count = min(Int((Double(ofClass.count) * heldOutShare).rounded()), max(0, ofClass.count - 1))
      heldOut += ofClass[..<count]
      fitted += ofClass[count...]
    }
    if heldOut.isEmpty { heldOut = fitted }
    return (fitted, heldOut)
  }

  private func check(_ data: LabelledFeatures, labels: [String]) throws(EncoderError) {
    guard data.features.rows == data.targets.count, !data.targets.isEmpty else {
      throw EncoderError("\(data.features.rows) texts with \(data.targets.count) labels cannot be fitted")
    }
    for target in data.targets where !labels.indices.contains(target) {
      throw EncoderError("target \(target) is no index into the \(labels.count) labels")
    }
    guard (0..<1).contains(heldOutShare), epochs > 0, batchSize > 0, patience > 0, patience <= 1, learningRate ?? 1 > 0
    else {
      throw EncoderError(
        "heldOutShare must be in 0 ..< 1; epochs, batchSize, learningRate above 0; patience above 0 and at most 1")
    }
  }
}
