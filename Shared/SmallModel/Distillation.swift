/// A stream's sample with what its models said of it, as the recorder kept it.
public struct TaughtSample: Sendable, Equatable {
  /// Its tokens.
  public let tokens: [Int32]
  /// The specific model's probabilities, [labels], after temperature scaling.
  public let specific: [Float]
  /// The large model's probabilities, [labels]; `nil` where it was not asked.
  public let large: [Float]?

  /// A sample with its teachers' distributions.
  public init(tokens: [Int32], specific: [Float], large: [Float]?) {
    self.tokens = tokens
    self.specific = specific
    self.large = large
  }
}

/// Two-stage confidence distillation (Chen, Zhuang et al. 2024, equations 22 to 24): who teaches the learnable model
/// on which samples.
public struct DistillationStages: Sendable, Equatable {
  /// Samples of which the specific model was unsure and the large model sure; the large model teaches.
  public let largeTeaches: TrainingSource
  /// Samples of which the specific model was sure; it teaches, against forgetting.
  public let specificTeaches: TrainingSource

  /// Sorts samples into stages; those in neither, where both models were unsure, are left out.
  /// - Parameters:
  ///   - specificThreshold: δ, at or above which the specific model is sure.
  ///   - largeThreshold: δₗ, above which the large model is.
  ///   - weights: factors on the two losses.
  public init(
    _ samples: [TaughtSample], specificThreshold: Float, largeThreshold: Float,
    weights: (largeTeaches: Double, specificTeaches: Double) = (1, 1)
  ) {
    var large = Stage()
    var specific = Stage()
    for sample in samples {
      if let confidence = sample.specific.max(), confidence >= specificThreshold {
        specific.append(sample.tokens, sample.specific)
      } else if let teacher = sample.large, let confidence = teacher.max(), confidence > largeThreshold {
        large.append(sample.tokens, teacher)
      }
    }
    largeTeaches = large.source(weight: weights.largeTeaches)
    specificTeaches = specific.source(weight: weights.specificTeaches)
  }

  /// The learnable model after batches of both stages, and of `labelled` as a third source, in turn.
  /// - Parameters:
  ///   - student: where it starts: the present learnable model, or first the specific one.
  ///   - heldOut: what early stopping looks at. Without it a share of the first source that is not empty is parted
  ///     off, in the order labelled, large, specific.
  /// - Throws: as `TextCNN.trained`.
  public func distilled(
    from student: TextCNN, labelled: TrainingSource? = nil, heldOut: TrainingSource? = nil,
    settings: TrainingSettings, progress: @escaping @Sendable (TrainingEpoch) -> Void = { _ in }
  ) async throws -> TrainingOutcome {
    let sources = [labelled, largeTeaches, specificTeaches].compactMap { $0 }
    return try await student.trained(on: sources, heldOut: heldOut, settings: settings, progress: progress)
  }

  /// Samples of one teacher.
  private struct Stage {
    var texts = TokenizedTexts()
    var distributions: [Float] = []

    mutating func append(_ tokens: [Int32], _ distribution: [Float]) {
      texts.append(tokens)
      distributions += distribution
    }

    func source(weight: Double) -> TrainingSource {
      TrainingSource(texts: texts, targets: .distributions(distributions), weight: weight)
    }
  }
}
