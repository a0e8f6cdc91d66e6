import Testing

@testable import Torch

@Suite struct AutogradTests {
  let input: [Float] = [0.9, -1.1, 0.4, 0.3, 0.7, -0.6]

  /// Central differences of a scalar function of a 2 × 3 tensor, against autograd.
  private func expectGradient(
    _ function: (Tensor) throws -> Tensor, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let leaf = try Tensor(input, shape: [2, 3])
    try leaf.requireGradient()
    try function(leaf).backward()
    let gradient = try #require(try leaf.gradient()).floats()
    let step: Float = 1e-2
    for index in input.indices {
      let values = try [step, -step].map { offset in
        var moved = input
        moved[index] += offset
        return try function(Tensor(moved, shape: [2, 3])).item()
      }
      let difference = (values[0] - values[1]) / (2 * step)
      #expect(abs(difference - gradient[index]) < 2e-3, "element \(index)", sourceLocation: sourceLocation)
    }
  }

  @Test func gradientsMatchFiniteDifferences() throws {
    let weight = try Tensor([0.5, -1, 2, 1, 0.3, -0.7], shape: [2, 3])
    let kernel = try Tensor([0.5, -1, 0.2, 0.1, 0.3, -0.7], shape: [1, 3, 2])
    let scale = try Tensor([1, 2, 3], shape: [3])
    try expectGradient { try ($0 * $0 * weight).sum() }
    try expectGradient { try $0.linear(weight: weight, bias: nil).tanh().sum() }
    try expectGradient { try ($0.gelu() * weight).sum() }
    try expectGradient { try ($0.relu() * weight).sum() }
    try expectGradient { try ($0.softmax(-1) * weight).sum() }
    try expectGradient { try ($0.layerNorm(weight: scale, bias: scale, epsilon: 1e-5) * weight).sum() }
    try expectGradient { try ($0.max(1).values * $0.mean(1)).sum() }
    try expectGradient {
      try $0.reshaped([1, 3, 2]).conv1d(weight: kernel, bias: nil, padding: 1).tanh().sum()
    }
    try expectGradient { try ($0.embedding(Tensor(integers: [1, 0, 1], shape: [3])).tanh()).sum() }
    try expectGradient {
      try $0.scaledDotProductAttention(keys: $0, values: weight, mask: nil).sum(0).narrowed(0, start: 1, length: 1)
        .sum()
    }
  }

  @Test func lossesAndTheirGradients() throws {
    let target = try Tensor(integers: [2, 0], shape: [2])
    let weight = try Tensor([1, 2, 3], shape: [3])
    let soft = try Tensor([0.2, 0.3, 0.5, 1, 0, 0], shape: [2, 3])
    let logits = try Tensor([1, -2, 3, 0.5, 0.25, -4], shape: [2, 3])
    try expectEqual(logits.crossEntropy(target: target), [0.357505])
    try expectEqual(logits.crossEntropy(target: target, weight: weight, labelSmoothing: 0.1), [0.473075])
    try expectEqual(logits.logSoftmax(1).klDivergence(target: soft), [0.792679])
    try expectGradient { try $0.crossEntropy(target: target, weight: weight, labelSmoothing: 0.1) }
    try expectGradient { try $0.logSoftmax(1).klDivergence(target: soft) }
    #expect(throws: TorchError.self) { try logits.klDivergence(target: weight) }
    #expect(throws: TorchError.self) { try logits.crossEntropy(target: Tensor(integers: [3, 0], shape: [2])) }
  }

  @Test func paddingRowGetsNoGradient() throws {
    let table = try Tensor(input, shape: [2, 3])
    try table.requireGradient()
    try table.embedding(Tensor(integers: [0, 1], shape: [2]), paddingIndex: 0).sum().backward()
    #expect(try table.gradient()?.floats() == [0, 0, 0, 1, 1, 1])
  }

  @Test func withoutGradientRecordsNothing() throws {
    let leaf = try Tensor(input, shape: [6])
    try leaf.requireGradient()
    let silent = try withoutGradient { () throws(TorchError) in try (leaf * leaf).sum() }
    #expect(throws: TorchError.self) { try silent.backward() }
    #expect(throws: TorchError.self) { try (leaf * leaf).detached().sum().backward() }
    try (leaf * leaf).sum().backward()
    try expectEqual(#require(try leaf.gradient()), input.map { 2 * $0 })
  }

  /// Three steps of PyTorch 1.13's own optimizers on Σ cᵢ pᵢ².
  @Test(
    arguments: [(false, [0.701586, -1.700623, 2.700382]), (true, [0.698911, -1.694945, 2.691704])] as [(Bool, [Float])])
  func adamMatchesGolden(decoupled: Bool, expected: [Float]) throws {
    let parameter = try Tensor([1, -2, 3], shape: [3])
    try parameter.requireGradient()
    let factors = try Tensor([1, 2, 0.5], shape: [3])
    let adam = try Adam([parameter], learningRate: 0.5, weightDecay: 0.01, decoupled: decoupled)
    try adam.setLearningRate(0.1)
    for _ in 0..<3 {
      try (parameter * parameter * factors).sum().backward()
      try adam.step()
    }
    try expectEqual(parameter, expected)
  }

  /// Three steps of PyTorch 1.13's own SGD with Nesterov's momentum on Σ pᵢ².
  @Test func descentMatchesGolden() throws {
    let parameter = try Tensor([1, -2, 3], shape: [3])
    try parameter.requireGradient()
    let descent = try StochasticGradientDescent([parameter], learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
    for _ in 0..<3 {
      try (parameter * parameter).sum().backward()
      try descent.step()
    }
    try expectEqual(parameter, [-0.111651, 0.223302, -0.334953])
    #expect(try descent.state().map(\.shape) == [[3]])
  }
}
