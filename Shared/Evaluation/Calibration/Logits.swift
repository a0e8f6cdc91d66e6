import Classification
import Content
import SmallModel

/// What a small model's network says of inputs, before any temperature.
package struct Logits: Sendable {
  /// [inputs × classes]
  package let values: [Float]
  /// How many classes.
  package let classCount: Int

  package init(_ values: [Float], classCount: Int) {
    self.values = values
    self.classCount = classCount
  }

  /// Asks a network about inputs.
  /// - Throws: `EvaluationError` for an input that lacks what the network reads; what the network fails with.
  package init(_ predictor: any SmallModelPredictor, _ inputs: [Input]) throws {
    for kind in predictor.reads.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let index = inputs.firstIndex(where: { !$0.holds(kind) }) else { continue }
      throw EvaluationError("input \(index) has no \(kind.rawValue), which the small model reads")
    }
    self.init(try predictor.logits(inputs), classCount: predictor.labelCount)
  }

  /// The inputs.
  package var indices: Range<Int> { 0..<(classCount > 0 ? values.count / classCount : 0) }

  /// [classes]: one input's.
  package subscript(input: Int) -> ArraySlice<Float> { values[input * classCount..<(input + 1) * classCount] }

  /// [classes]: what the network holds probable of one input at a temperature.
  package func probabilities(_ input: Int, temperature: Float) -> [Float] {
    Softmax.probabilities(Array(self[input]), temperature: temperature)
  }

  /// The most probable class of one input, and the confidence in it.
  package func top(_ input: Int, temperature: Float) -> TopLabel {
    TopLabel(probabilities(input, temperature: temperature))
  }

  /// The inputs at some indices.
  package func only(_ inputs: [Int]) -> Logits { Logits(inputs.flatMap { self[$0] }, classCount: classCount) }
}
