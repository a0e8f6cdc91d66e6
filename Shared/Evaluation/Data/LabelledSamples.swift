import Cascade
import Classification
import Content
import SmallModel
import Tasks

/// Labelled samples with all that stays the same from one candidate to the next, and what a cascade makes of them.
package struct LabelledSamples: Sendable {
  package let inputs: [Input]
  package let groups: [[SampleGroup]]
  /// [samples], class indices.
  package let labels: [Int]
  package let classCount: Int
  private var specific: CascadeStage
  private let specificTemperature: Float
  /// [samples × classes]
  private let specificLogits: [Float]
  /// [samples]: the large model's answers; −1 where it is none of the labels.
  package let largeLabels: [Int]
  /// [samples]
  private let largeConfidences: [Float?]

  /// - Throws: `EvaluationError` where a row's label is none of the task's.
  package init(_ rows: [HeldOutRow], specific model: StageModel) throws {
    let index = LabelIndex(model.artifact.card.labels)
    labels = try rows.map { row in
      guard let label = index[row.label] else {
        throw EvaluationError(
          "held-out sample \"\(row.id)\" has the label \"\(row.label)\", which model \(model.stage.version) does not know"
        )
      }
      return label
    }
    classCount = index.names.count
    groups = rows.map { SampleGroup.groups(label: $0.label, region: $0.region, category: $0.category) }
    largeLabels = rows.map { index[$0.largeLabel] ?? -1 }
    largeConfidences = rows.map(\.largeConfidence)
    inputs = rows.map { .text($0.text) }
    specific = model.stage
    specificTemperature = model.temperature
    specificLogits = try model.logits(inputs)
  }

  package var count: Int { labels.count }

  /// S2's place, and its logits of all samples, [samples × classes].
  package typealias Learnable = (stage: CascadeStage, temperature: Float, logits: [Float])

  /// The same samples before a cascade whose first stage is sure of nothing.
  package func withoutFirstStage() -> LabelledSamples {
    var samples = self
    samples.specific = CascadeStage(
      answeredBy: specific.answeredBy, version: specific.version, threshold: ThresholdCurve.nothingIsEasy)
    return samples
  }

  /// Sends the samples at `indices` through S1, then S2 where there is one, then the large model.
  package func outcomes(_ indices: [Int], learnable: Learnable? = nil) -> [CascadeOutcome] {
    let batch = shunted(indices, learnable)
    return indices.indices.map { place in
      let sample = indices[place]
      switch batch.decisions[place] {
      case .easy(let stage, let confidence):
        return CascadeOutcome(
          quality: LabelQuality.of(batch.label(ofStage: stage, sample: place), truth: labels[sample]),
          asksLarge: false, confidence: confidence)
      case .hard:
        return CascadeOutcome(
          quality: largeQuality(sample), asksLarge: true, confidence: largeConfidences[sample])
      }
    }
  }

  /// What S1 is unsure of, of the samples at `indices`.
  package func passedOn(_ indices: [Int]) -> [Int] {
    let decisions = shunted(indices).decisions
    return indices.indices.filter { decisions[$0] == .hard }.map { indices[$0] }
  }

  /// How good the large model's answer to a sample is.
  package func largeQuality(_ sample: Int) -> Float { LabelQuality.of(largeLabels[sample], truth: labels[sample]) }

  /// What prompt pruning needs to know of a small model.
  /// - Parameter logits: the model's, of all samples, [samples × classes].
  package func facts(_ logits: [Float], _ temperature: Float) -> SmallModelFacts {
    var prior = [Float](repeating: 0, count: classCount)
    var answers: [Int] = []
    for start in stride(from: 0, to: logits.count, by: classCount) {
      let probabilities = Softmax.probabilities(Array(logits[start..<start + classCount]), temperature: temperature)
      for label in prior.indices { prior[label] += probabilities[label] / Float(count) }
      answers.append(TopLabel(probabilities).label)
    }
    let quality = ClassQuality(answers: answers, labels: labels, classCount: classCount)
    return SmallModelFacts(prior: prior, recall: quality.recall, precision: quality.precision)
  }

  /// The small models' answers of the samples at `indices`.
  package func shunted(_ indices: [Int], _ learnable: Learnable? = nil) -> ClassifiedBatch {
    let logits = [specificLogits] + (learnable.map { [$0.logits] } ?? [])
    return ClassifiedBatch(
      count: indices.count, stages: [specific] + (learnable.map { [$0.stage] } ?? []),
      temperatures: [specificTemperature] + (learnable.map { [$0.temperature] } ?? []), classCount: classCount
    ) { stage, samples, buffer in
      for (row, place) in samples.enumerated() {
        let start = indices[place] * classCount
        for label in 0..<classCount { buffer[row * classCount + label] = logits[stage][start + label] }
      }
    }
  }
}
