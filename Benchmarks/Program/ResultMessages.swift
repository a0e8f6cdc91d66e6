import Classification
import Foundation
import Kafka
import Messages
import Streams

/// Answers as routers and large-model workers publish them: of ten, nine by the specific model and one by the large
/// one; one in ten easy ones with its text, half of them with ground truth; 150 labels, 20 of them named.
struct ResultMessages {
  private static let labels = (0..<150).map { "intent_number_\($0)" }
  private var generator = SystemRandomNumberGenerator()

  /// As many answers of a task, with random ids, as records of a topic.
  mutating func batch(_ count: Int, task: String, topic: Topic<Answer>) -> OutgoingBatch {
    var batch = OutgoingBatch()
    for _ in 0..<count {
      let answer = answer(task: task)
      batch.append(answer, to: topic)
    }
    return batch
  }

  private mutating func answer(task: String) -> Answer {
    let isLarge = Int.random(in: 0..<10, using: &generator) == 0
    let distribution = distribution()
    let now = Timestamp.now
    let sample = Sample(
      id: UUID().uuidString.lowercased(), task: task,
      text: "please tell me how much money is left on my second account",
      category: "category-\(Int.random(in: 0..<20, using: &generator))",
      label: Bool.random(using: &generator) ? Self.labels.randomElement(using: &generator) : nil, producedAt: now)
    var answer = Answer(
      sample: sample, reply: .label(distribution.top[0].label), confidence: distribution.top[0].probability,
      answeredBy: isLarge ? .large : .specific, modelVersion: isLarge ? "all-MiniLM-L6-v2-7c1d" : "\(task)-12",
      threshold: 0.8, distribution: distribution, routedAt: now, answeredAt: now,
      keepsInput: isLarge || Int.random(in: 0..<10, using: &generator) == 0)
    if isLarge {
      answer.specific = Prediction(
        model: .specific, version: "\(task)-12", threshold: 0.8, distribution: self.distribution())
      answer.prompt = PromptRecord(
        candidatesBefore: 150, candidatesAfter: 30, entropyBefore: 7.2, entropyAfter: 4.1, promptTokens: 320,
        completionTokens: 4, cost: 0.0002)
    }
    return answer
  }

  private mutating func distribution() -> LabelDistribution {
    let start = Int.random(in: 0..<Self.labels.count, using: &generator)
    let first = Float.random(in: 0.5..<1, using: &generator)
    var mass = 1 - first
    let top = (0..<LabelDistribution.maximumEntries).map { rank in
      let probability = rank == 0 ? first : mass * 0.4
      if rank > 0 { mass -= probability }
      return LabelDistribution.Entry(
        label: Self.labels[(start + rank * 7) % Self.labels.count], probability: probability)
    }
    return LabelDistribution(top: top, rest: mass)
  }
}
