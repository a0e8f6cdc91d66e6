import Cascade
import Classification
import Foundation
import Testing

@Suite struct SoftmaxTests {
  @Test func isADistributionAtEveryTemperature() {
    for temperature in [Float(0.1), 1, 7] {
      let probabilities = Softmax.probabilities([1000, 998, -1000], temperature: temperature)
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
      #expect(probabilities[0] > probabilities[1] && probabilities[1] >= probabilities[2])
    }
    #expect(Softmax.probabilities([]).isEmpty)
  }

  /// Whatever is left over beside whole vectors, and down to where Float runs out.
  @Test func isTheExponentialsShareForAnyNumberOfClasses() {
    var random = SplitMix64(seed: 5)
    for count in [1, 2, 7, 8, 9, 15, 16, 17, 150] {
      let logits = (0..<count).map { _ in Float.random(in: -60...60, using: &random) }
      for temperature in [Float(0.3), 1, 4] {
        let highest = logits.max() ?? 0
        let exact = logits.map { exp(Double($0 - highest) / Double(temperature)) }
        let sum = exact.reduce(0, +)
        for (found, wanted) in zip(Softmax.probabilities(logits, temperature: temperature), exact) {
          #expect(abs(Double(found) - wanted / sum) <= max(1e-37, 2e-5 * wanted / sum))
        }
      }
    }
  }

  @Test func higherTemperatureIsLessSure() {
    let sure = TopLabel(Softmax.probabilities([2, 1, 0], temperature: 0.5))
    let unsure = TopLabel(Softmax.probabilities([2, 1, 0], temperature: 2))
    #expect(sure.label == 0 && unsure.label == 0 && sure.probability > unsure.probability)
  }

  @Test func entropyIsBoundedByTheNumberOfClasses() {
    #expect(abs(Entropy.bits([Float](repeating: 1.0 / 8, count: 8)) - 3) < 1e-5)
    #expect(Entropy.bits([1, 0, 0]) == 0)
  }
}

@Suite struct TemperatureTests {
  /// Logits and labels made by a rule that the golden figure's script (scipy.optimize.minimize_scalar) used too.
  private static let classCount = 3
  private static let logits: [Float] = (0..<180).map { index in
    let (row, column) = index.quotientAndRemainder(dividingBy: 3)
    return Float((row * 7 + column * 13) % 11) / 2
  }
  private static let labels: [Int] = (0..<60).map { i in
    i % 3 != 0 ? TopLabel(logits[i * 3..<i * 3 + 3]).label : (i / 3) % 3
  }

  @Test func agreesWithScipy() {
    let fitted = Temperature.fit(logits: Self.logits, labels: Self.labels, classCount: Self.classCount)
    #expect(abs(fitted - 1.4137049) < 1e-3)
  }

  @Test func undoesAScale() {
    let base = Temperature.fit(logits: Self.logits, labels: Self.labels, classCount: Self.classCount)
    let scaled = Temperature.fit(logits: Self.logits.map { $0 * 3 }, labels: Self.labels, classCount: Self.classCount)
    #expect(abs(scaled / base - 3) < 1e-3)
  }

  @Test func keepsOneWhereThereIsNothingToFitOn() {
    #expect(Temperature.fit(logits: [], labels: [], classCount: 3) == 1)
    #expect(Temperature.fit(logits: [1, 2], labels: [0], classCount: 3) == 1)
  }
}

@Suite struct ClassQualityTests {
  @Test func countsRecallAndPrecision() {
    let quality = ClassQuality(answers: [0, 0, 1, 1, 1], labels: [0, 1, 1, 1, 0], classCount: 3)
    #expect(quality.recall == [0.5, 2.0 / 3, 0])
    #expect(quality.precision == [0.5, 2.0 / 3, 0])
  }
}
