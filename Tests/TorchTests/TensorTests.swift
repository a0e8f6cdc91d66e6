import Testing

@testable import Torch

/// Golden figures: PyTorch 1.13.0 from Python, six digits.
@Suite struct TensorTests {
  let a: Tensor
  let b: Tensor

  init() throws {
    a = try Tensor([1, -2, 3, 0.5, 0.25, -4], shape: [2, 3])
    b = try Tensor([2, 1, -1, 4, -0.5, 2], shape: [2, 3])
  }

  @Test func arithmetic() throws {
    try expectEqual(a + b, [3, -1, 2, 4.5, -0.25, -2])
    try expectEqual(a - b, [-1, -3, 4, -3.5, 0.75, -6])
    try expectEqual(a * b, [2, -2, -3, 2, -0.125, -8])
    try expectEqual(a / b, [0.5, -2, -3, 0.125, -0.5, -2])
    try expectEqual(a * 2 + 1, [3, -3, 7, 2, 1.5, -7])
    try expectEqual(a.matmul(b.transposed(0, 1)), [-3, 11, 5.25, -6.125])
    try expectEqual((a * a).squareRoot(), [1, 2, 3, 0.5, 0.25, 4])
    try expectEqual(a.exp().log(), [1, -2, 3, 0.5, 0.25, -4])
    try expectEqual(a.clamped(minimum: 0.3), [1, 0.3, 3, 0.5, 0.3, 0.3])
  }

  @Test func linearAndConvolution() throws {
    let weight = try Tensor([1, 2, 3, -1, 0.5, 0], shape: [2, 3])
    let bias = try Tensor([0.1, -0.2], shape: [2])
    try expectEqual(a.linear(weight: weight, bias: bias), [6.1, -2.2, -10.9, -0.575])

    let input = try Tensor((0..<12).map { Float($0) / 10 }, shape: [1, 2, 6])
    let kernel = try Tensor([1, -1, 0.5, 0, 2, 1, 0.3, 0.2, 0.1, -1, 1, -1], shape: [2, 2, 3])
    try expectEqual(
      input.conv1d(weight: kernel, bias: bias), [2.3, 2.65, 3, 3.35, -0.86, -0.9, -0.94, -0.98])
    try expectEqual(
      input.conv1d(weight: kernel, bias: nil, stride: 2, padding: 1), [1.95, 2.55, 3.25, -0.09, -0.7, -0.78])
  }

  @Test func activationsAndNormalisation() throws {
    try expectEqual(a.relu(), [1, 0, 3, 0.5, 0.25, 0])
    try expectEqual(a.gelu(), [0.841345, -0.0455, 2.99595, 0.345731, 0.149677, -0.000127])
    try expectEqual(a.tanh(), [0.761594, -0.964028, 0.995055, 0.462117, 0.244919, -0.999329])
    let normalised = try a.layerNorm(
      weight: Tensor([1, 2, 0.5], shape: [3]), bias: Tensor([0, 0.1, -0.1], shape: [3]), epsilon: 1e-12)
    try expectEqual(normalised, [0.162221, -2.495543, 0.467775, 0.766778, 1.391415, -0.806243])
    try expectEqual(a.softmax(-1), [0.1185, 0.0059, 0.875601, 0.558687, 0.435106, 0.006206])
    try expectEqual(a.logSoftmax(1), [-2.132845, -5.132845, -0.132845, -0.582165, -0.832165, -5.082165])
    try expectEqual(
      a.scaledDotProductAttention(keys: b, values: b, mask: nil),
      [3.999383, -0.499537, 1.999074, 2.002807, 0.997895, -0.995789])
  }

  @Test func reductions() throws {
    let largest = try a.max(1)
    try expectEqual(largest.values, [3, 0.5])
    #expect(try largest.indices.integers() == [2, 0])
    #expect(try a.max(1, keep: true).values.shape == [2, 1])
    try expectEqual(a.mean(0), [0.75, -0.875, -0.5])
    try expectEqual(a.sum(1), [2, -3.25])
    #expect(try a.sum().item() == -1.25)
  }

  @Test func shapeAndSelection() throws {
    #expect(try a.reshaped([3, -1]).shape == [3, 2])
    try expectEqual(a.transposed(0, 1).contiguous(), [1, 0.5, -2, 0.25, 3, -4])
    try expectEqual(
      Tensor.concatenated([a, b], 0).selected(0, Tensor(integers: [3, 0], shape: [2])), [4, -0.5, 2, 1, -2, 3])
    try expectEqual(a.narrowed(1, start: 1, length: 2), [-2, 3, 0.25, -4])
    try expectEqual(a.maskedFill(a.isEqual(to: 3), -9), [1, -2, -9, 0.5, 0.25, -4])
    try expectEqual(a.embedding(Tensor(integers: [1, 1, 0], shape: [3])), [0.5, 0.25, -4, 0.5, 0.25, -4, 1, -2, 3])
  }

  @Test func singularValues() throws {
    let matrix = try Tensor([3, 0, 4, 5, 0, 1], shape: [3, 2])
    let (u, s, vh) = try matrix.svd()
    try expectEqual(s, [6.745832, 2.343875])
    try expectEqual((u * s).matmul(vh), [3, 0, 4, 5, 0, 1])
  }

  @Test func bytesAndTypes() throws {
    let half: [UInt16] = [0x3C00, 0xC000]  // 1 and −2 in IEEE half precision.
    let tensor = try half.withUnsafeBytes { try Tensor(bytes: $0, type: .float16, shape: [2]) }
    #expect(tensor.type == .float16)
    #expect(try tensor.floats() == [1, -2])
    var back: [UInt16] = [0, 0]
    try back.withUnsafeMutableBytes { try tensor.to(.float32).copy(to: $0, as: .float16) }
    #expect(back == half)
    #expect(try Tensor.zeros([2, 0]).floats() == [])
  }

  @Test func refusalsSayWhy() throws {
    let wrongShape = #expect(throws: TorchError.self) { try a.matmul(b) }
    #expect(wrongShape?.description.contains("2x3") == true)
    let wrongBytes = #expect(throws: TorchError.self) { try Tensor([1, 2, 3], shape: [2]) }
    #expect(wrongBytes?.description.contains("8 bytes, got 12") == true)
    let wrongIndex = #expect(throws: TorchError.self) { try a.embedding(Tensor(integers: [7], shape: [1])) }
    #expect(wrongIndex?.description.contains("out of range") == true)
    #expect(throws: TorchError.self) { try a.item() }
    #expect(throws: TorchError.self) { try a.assign(Tensor.zeros([3])) }
    #expect(throws: TorchError.self) { try a.dropout(1, generator: RandomGenerator(seed: 1)) }
    #expect(throws: TorchError.self) { try withThreads(0) {} }
    #expect(throws: TorchError.self) { try Tensor.zeros([-1]) }
  }

  @Test func generatorsRepeat() throws {
    let first = try Tensor.normal(shape: [5], generator: RandomGenerator(seed: 7)).floats()
    let second = try Tensor.normal(shape: [5], generator: RandomGenerator(seed: 7)).floats()
    let other = try Tensor.normal(shape: [5], generator: RandomGenerator(seed: 8)).floats()
    #expect(first == second)
    #expect(first != other)
  }

  @Test func dropoutKeepsTheMean() throws {
    let generator = try RandomGenerator(seed: 3)
    let dropped = try Tensor.full(1, shape: [10_000]).dropout(0.25, generator: generator).floats()
    #expect(Set(dropped) == [0, Float(1) / 0.75])
    #expect(abs(dropped.reduce(0, +) / 10_000 - 1) < 0.03)
  }
}

/// All elements within 2e-6 plus 1e-5 of the expected one's size.
func expectEqual(
  _ tensor: Tensor, _ expected: [Float], tolerance: Float = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let values = try tensor.floats()
  let isClose =
    values.count == expected.count
    && zip(values, expected).allSatisfy { abs($0 - $1) <= 2e-6 + tolerance * abs($1) }
  #expect(isClose, "\(values) is not \(expected)", sourceLocation: sourceLocation)
}
