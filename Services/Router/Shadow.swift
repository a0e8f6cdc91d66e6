import Classification
import Content
import Messages
import ModelStore
import SmallModel
import Synchronization

/// A version that answers beside those in force, unpublished: the cascade as it would be with the version in it.
public struct ShadowCascade: Sendable {
  /// The version's number in the store.
  public let model: Int
  /// The cascade with the version in its place.
  public let cascade: SmallModelCascade

  /// A shadow of a task's cascade.
  public init(model: Int, cascade: SmallModelCascade) {
    self.model = model
    self.cascade = cascade
  }
}

/// Lets shadows answer what the cascade in force has answered. It costs the router another inference of each sample, and
/// nothing where there is no shadow.
final class ShadowObserver {
  private let scratch = PredictionScratch()

  /// What the shadows would have done with a batch, by version.
  /// - Throws: `SmallModelError` where a shadow cannot answer; what was answered for real stands.
  func observe(
    _ shadows: [ShadowCascade], _ looked: BatchRouter.Looked, beside active: SmallModelCascade,
    _ answered: ClassifiedBatch
  ) throws -> [Int: ShadowSums] {
    var sums: [Int: ShadowSums] = [:]
    for shadow in shadows {
      let shunted = try shadow.cascade.shunt(looked.inputs, pictures: looked.pictures, scratch: scratch)
      for (index, sample) in looked.samples.enumerated() {
        sums[shadow.model, default: ShadowSums()].add(
          shunted.opinion(index, shadow.cascade), beside: answered.opinion(index, active), truth: sample.truth)
      }
    }
    return sums
  }
}

/// What the small models of a cascade make of one sample.
private struct Opinion {
  /// `nil` where the large model is asked.
  let label: String?
  /// Of the last small model that saw the sample.
  let confidence: Float
}

extension ClassifiedBatch {
  fileprivate func opinion(_ sample: Int, _ cascade: SmallModelCascade) -> Opinion {
    switch decisions[sample] {
    case .easy(let stage, let confidence):
      return Opinion(
        label: label(ofStage: stage, sample: sample).map { cascade.labels.names[$0] }, confidence: confidence)
    case .hard:
      let last = cascade.stages.indices.last.flatMap { probabilities(ofStage: $0, sample: sample) } ?? []
      return Opinion(label: nil, confidence: last.max() ?? 0)
    }
  }
}

extension ShadowSums {
  fileprivate mutating func add(_ shadow: Opinion, beside active: Opinion, truth: Truth?) {
    samples += 1
    wouldQuery += shadow.label == nil ? 1 : 0
    queried += active.label == nil ? 1 : 0
    confidence += Double(shadow.confidence)
    guard let label = shadow.label, let answered = active.label else { return }
    compared += 1
    agreeing += label == answered ? 1 : 0
    guard case .label(let truth) = truth else { return }
    withTruth += 1
    correct += label == truth ? 1 : 0
    activeCorrect += answered == truth ? 1 : 0
  }
}

/// What was seen of shadows since it was last written down.
public final class ShadowLedger: Sendable {
  private let sums = Mutex<[Int: ShadowSums]>([:])

  /// Nothing seen yet.
  public init() {}

  func add(_ seen: [Int: ShadowSums]) {
    guard !seen.isEmpty else { return }
    sums.withLock { sums in
      for (model, more) in seen { sums[model, default: ShadowSums()] += more }
    }
  }

  /// What was seen; the ledger is empty afterwards.
  func take() -> [Int: ShadowSums] {
    sums.withLock { sums in
      defer { sums = [:] }
      return sums
    }
  }
}
