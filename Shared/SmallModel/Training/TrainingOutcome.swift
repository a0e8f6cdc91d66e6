/// What training of a TextCNN came to.
public struct TrainingOutcome: Sendable {
  /// The network at its best held-out accuracy, of equals the one of lowest loss; without held-out data the last.
  public let network: TextCNN
  /// Every epoch that was run.
  public let epochs: [TrainingEpoch]
  /// The number of the epoch whose network this is.
  public let bestEpoch: Int
  /// What was held out, given or parted off; `nil` where nothing was.
  public let heldOut: TrainingSource?
  /// The network's logits on `heldOut`, [inputs][labels]: what temperature and thresholds are fitted on.
  public let heldOutLogits: [Float]
}

extension TrainingEpoch {
  /// Whether this epoch's network is to be kept instead of `other`'s. Without held-out data the later one is.
  func isBetter(than other: TrainingEpoch) -> Bool {
    guard let accuracy = heldOutAccuracy, let loss = heldOutLoss, let otherAccuracy = other.heldOutAccuracy,
      let otherLoss = other.heldOutLoss
    else { return true }
    return (accuracy, -loss) > (otherAccuracy, -otherLoss)
  }
}
