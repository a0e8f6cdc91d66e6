import Content

/// What the network shall say of each input.
public enum Targets: Sendable, Equatable {
  /// The index of the right label.
  case labels([Int])
  /// A teacher's probabilities, [inputs][labels], each row's sum 1.
  case distributions([Float])

  /// The right label of each of `count` inputs: the target, or the most probable one.
  func labels(count: Int, of labelCount: Int) -> [Int] {
    switch self {
    case .labels(let labels): labels
    case .distributions(let values):
      (0..<count).map { row in
        (0..<labelCount).max { values[row * labelCount + $0] < values[row * labelCount + $1] } ?? 0
      }
    }
  }
}

/// Inputs with targets. Training takes batches of its sets in turn.
public struct TrainingExamples: Sendable {
  /// The inputs.
  public let inputs: [Input]
  /// One target an input.
  public let targets: Targets

  /// Inputs with targets; training checks that they fit each other and the network.
  public init(inputs: [Input], targets: Targets) {
    self.inputs = inputs
    self.targets = targets
  }

  /// The right label of each input: the target, or the most probable one.
  public func labels(of labelCount: Int) -> [Int] { targets.labels(count: inputs.count, of: labelCount) }

  /// - Throws: `SmallModelError` naming the first input that lacks what a network reads.
  func check(have kind: Input.Kind) throws(SmallModelError) {
    guard let index = inputs.firstIndex(where: { !$0.holds(kind) }) else { return }
    throw SmallModelError("input \(index) has no \(kind.rawValue), which the network reads")
  }
}

/// What one epoch came to.
public struct TrainingEpoch: Sendable, Equatable, Codable {
  /// From 1.
  public let number: Int
  /// The mean training loss of an input.
  public let loss: Double
  /// The share of held-out inputs that the network gets right; `nil` without held-out data.
  public let heldOutAccuracy: Double?
  /// The mean held-out loss of an input, without weights and smoothing; `nil` without held-out data.
  public let heldOutLoss: Double?
}

/// What training came to.
public struct TrainedNetwork: Sendable {
  /// At its best held-out accuracy, of equals the one of lowest loss; without held-out data the last.
  public let network: any SmallModelNetwork
  /// Every epoch that was run.
  public let epochs: [TrainingEpoch]
}

/// A network that learns on from where it stands.
public protocol TrainableNetwork: Sendable {
  /// Trains on batches of `sets` in turn, starting from this network's weights, on a thread of its own. Hard labels are
  /// learnt by cross-entropy, a teacher's distributions by KL(teacher ‖ network).
  /// - Parameters:
  ///   - heldOut: never trained on. Without it `settings.heldOutShare` of the first set is parted off.
  ///   - progress: called after each epoch, from the training's thread.
  /// - Throws: `SmallModelError` for unusable settings or data, `CancellationError` within one step of the task's
  ///   cancellation, `TorchError`.
  func trained(
    on sets: [TrainingExamples], heldOut: TrainingExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork
}
