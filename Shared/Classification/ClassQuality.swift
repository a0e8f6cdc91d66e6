/// How good a model is at each class on held-out data.
public struct ClassQuality: Sendable, Equatable {
  /// [classes]: the part of a class's samples that were answered with it; 0 where there are none.
  public let recall: [Float]
  /// [classes]: the part of a class's answers that are right; 0 where there are none.
  public let precision: [Float]

  /// Counts answers against labels, both class indices.
  public init(answers: [Int], labels: [Int], classCount: Int) {
    var (right, labelled, answered) = (
      [Float](repeating: 0, count: classCount), [Float](repeating: 0, count: classCount),
      [Float](repeating: 0, count: classCount)
    )
    for (answer, label) in zip(answers, labels) {
      labelled[label] += 1
      answered[answer] += 1
      if answer == label { right[label] += 1 }
    }
    recall = zip(right, labelled).map { $1 > 0 ? $0 / $1 : 0 }
    precision = zip(right, answered).map { $1 > 0 ? $0 / $1 : 0 }
  }
}
