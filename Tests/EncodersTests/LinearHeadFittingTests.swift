import Foundation
import Safetensors
import TestSupport
import Testing

@testable import Encoders

@Suite struct LinearHeadFittingTests {
  /// Two features, of which only the first tells the classes apart, on scales far from 1.
  private func data(_ count: Int) throws -> LabelledFeatures {
    var generator = SplitMix64(state: 3)
    var values: [Float] = []
    var targets: [Int] = []
    for row in 0..<count {
      targets.append(row % 2)
      values.append(1000 + 50 * Float(row % 2) + Float.random(in: -10...10, using: &generator))
      values.append(Float.random(in: -0.001...0.001, using: &generator))
    }
    return LabelledFeatures(features: try FeatureMatrix(rows: count, columns: 2, values: values), targets: targets)
  }

  private func fit(_ data: LabelledFeatures, _ fitting: LinearHeadFitting = .init()) async throws
    -> LinearHeadFitting.Outcome
  {
    try await fitting.fit(data, labels: ["a", "b"], encoderVersion: "e", pooling: .sentence)
  }

  @Test func separableClassesAreSeparatedOnRawFeatures() async throws {
    var fitting = LinearHeadFitting()
    fitting.learningRate = 0.1
    let data = try data(400)
    let outcome = try await fit(data, fitting)
    #expect(outcome.heldOutAccuracy == 1)
    for (row, target) in data.targets.enumerated() {
      let logits = outcome.head.logits(data.features[row])
      #expect(logits[target] > logits[1 - target])
    }
  }

  /// 20 passes over few texts would end while the loss still falls.
  @Test(arguments: [(1, 1500), (256, 1500), (1386, 250), (21_700, 20)])
  func fewTextsAreGoneOverMoreOften(texts: Int, epochs: Int) {
    #expect(LinearHeadFitting().lengthened(for: texts).epochs == epochs)
  }

  @Test func theSameSeedGivesTheSameHead() async throws {
    let data = try data(100)
    #expect(try await fit(data).head == fit(data).head)
  }

  @Test func aClassWithoutTextsAndOneTextAreNoTrap() async throws {
    let one = try data(2).selecting([0])
    #expect(try await fit(one).head.labels == ["a", "b"])
  }

  @Test func badInputIsRefused() async throws {
    let features = FeatureMatrix(rows: 2, columns: 1)
    await #expect(throws: EncoderError.self) { try await fit(.init(features: features, targets: [0])) }
    await #expect(throws: EncoderError.self) { try await fit(.init(features: features, targets: [0, 2])) }
    await #expect(throws: EncoderError.self) {
      try await fit(.init(features: FeatureMatrix(rows: 0, columns: 1), targets: []))
    }
    #expect(throws: EncoderError.self) { try FeatureMatrix(rows: 2, columns: 2, values: [1]) }
  }

  @Test func aForeignHeadFileIsRefused() async throws {
    try await withTemporaryFolder { folder in
      let url = folder.appending(path: "head.safetensors")
      try await fit(data(20)).head.write(to: url)
      let whole = try Data(contentsOf: url)
      try whole.prefix(whole.count - 1).write(to: url)
      #expect(throws: SafetensorsError.self) { try LinearHead(contentsOf: url) }
      let weights = try await MiniLM.folder().appending(path: "model.safetensors")
      let error = #expect(throws: EncoderError.self) { try LinearHead(contentsOf: weights) }
      #expect(error?.description.contains("no linear head") == true)
    }
  }
}
