import Foundation

extension LargeModelAnswer {
  /// softmax(logits / temperature) over the candidates alone.
  /// - Parameter logits: one for each of the task's labels.
  init(logits: [Float], temperature: Float, candidates: [Int], promptTokens: Int) throws(LargeModelError) {
    let (best, probabilities) = try logits.softmax(over: candidates, temperature: temperature)
    self.init(
      label: best, probabilities: probabilities, promptTokens: promptTokens, completionTokens: 0, cost: 0)
  }
}

extension [Float] {
  /// softmax(self / temperature) over the candidates alone, and the most probable one; others have 0.
  func softmax(
    over candidates: [Int], temperature: Float
  ) throws(LargeModelError) -> (best: Int, probabilities: [Float]) {
    try candidates.check(against: count)
    var best = candidates[0]
    for candidate in candidates where self[candidate] > self[best] { best = candidate }
    var probabilities = [Float](repeating: 0, count: count)
    var sum: Float = 0
    for candidate in candidates {
      probabilities[candidate] = exp((self[candidate] - self[best]) / temperature)
      sum += probabilities[candidate]
    }
    for candidate in candidates { probabilities[candidate] /= sum }
    return (best, probabilities)
  }
}

extension [Int] {
  /// Refuses candidates that are empty, outside the task's labels, or named twice.
  func check(against labelCount: Int) throws(LargeModelError) {
    guard !isEmpty else { throw LargeModelError(.badRequest, "candidates: none are left to choose from") }
    for candidate in self where candidate < 0 || candidate >= labelCount {
      throw LargeModelError(.badRequest, "candidates: \(candidate) is no index into the task's \(labelCount) labels")
    }
    guard Set(self).count == count else { throw LargeModelError(.badRequest, "candidates: some stand there twice") }
  }
}
