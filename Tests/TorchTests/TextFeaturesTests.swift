import Testing

@testable import Torch

/// Against the same network by embedding, convolution and maximum, forward and backward.
@Suite struct TextFeaturesTests {
  static let filters: [Tensor.FilterSize] = [(1, 2), (3, 2)]
  /// Three texts: of five tokens, none, and two, fewer than the widest filter.
  static let texts: [[Int64]] = [[1, 2, 1, 4, 3], [], [3, 2]]
  /// One factor a token; the second token of the first text is dropped.
  static let factors: [[Float]] = [[1, 0, 1.25, 1, 1], [], [1.25, 1]]

  private static func numbers(_ count: Int, seed: UInt64) throws -> [Float] {
    try Tensor.uniform(-1..<1, shape: [count], generator: RandomGenerator(seed: seed)).floats()
  }

  /// Table [6, 4], weights [2 + 6, 4], biases [4].
  private static func leaves() throws -> [Tensor] {
    let leaves = try [
      Tensor(numbers(24, seed: 1), shape: [6, 4]), Tensor(numbers(32, seed: 2), shape: [8, 4]),
      Tensor(numbers(4, seed: 3), shape: [4]),
    ]
    for leaf in leaves { try leaf.requireGradient() }
    return leaves
  }

  private static func fused(_ leaves: [Tensor]) throws -> Tensor {
    let tokens = texts.flatMap { $0 }
    var (ends, end) = ([Int64](), Int64(0))
    for text in texts {
      end += Int64(text.count)
      ends.append(end)
    }
    return try leaves[0].textFeatures(
      tokens: Tensor(integers: tokens, shape: [tokens.count]),
      keeps: Tensor(factors.flatMap { $0 }, shape: [tokens.count]), ends: Tensor(integers: ends, shape: [texts.count]),
      weights: leaves[1], biases: leaves[2], filters: filters)
  }

  /// One text after the other, padded by zeros to the widest filter.
  private static func plain(_ leaves: [Tensor]) throws -> Tensor {
    try Tensor.concatenated(
      zip(texts, factors).map { tokens, factors in
        guard !tokens.isEmpty else { return try Tensor.zeros([1, 8]) }
        let embedded =
          try leaves[0].embedding(Tensor(integers: tokens, shape: [tokens.count]))
          * Tensor(factors, shape: [tokens.count, 1])
        let channels = try Tensor.concatenated([embedded, .zeros([2, 4])], 0).transposed(0, 1).reshaped([1, 4, -1])
        let narrow = try leaves[1].narrowed(0, start: 0, length: 2).reshaped([2, 4, 1])
        let wide = try leaves[1].narrowed(0, start: 2, length: 6).reshaped([3, 2, 4]).transposed(0, 1).transposed(1, 2)
        let maxima = try [narrow, wide].map {
          try channels.conv1d(weight: $0, bias: nil).narrowed(2, start: 0, length: tokens.count).max(2).values
        }
        let sum = try embedded.sum(0, keep: true) * (1 / Double(tokens.count).squareRoot())
        return try Tensor.concatenated([(Tensor.concatenated(maxima, 1) + leaves[2]).relu(), sum], 1)
      }, 0)
  }

  @Test func isTheNetworkByConvolution() throws {
    let (fused, plain) = try (Self.leaves(), Self.leaves())
    let (ours, theirs) = try (Self.fused(fused), Self.plain(plain))
    #expect(ours.shape == [3, 8])
    try expectEqual(ours, theirs.floats())
    let weights = try Tensor(Self.numbers(24, seed: 4), shape: [3, 8])
    try (ours * weights).sum().backward()
    try (theirs * weights).sum().backward()
    for (left, right) in zip(fused, plain) {
      let (our, their) = try (#require(try left.gradient()), #require(try right.gradient()))
      try expectEqual(our, their.floats())
    }
  }

  /// As Adam moves a table that has no other rows.
  @Test func adamMovesTheRowsThatAreUsed() throws {
    let (fused, plain) = try (Self.leaves(), Self.leaves())
    let before = try fused[0].floats()
    let optimizers = try [Adam([fused[0]], learningRate: 0.1), Adam([plain[0]], learningRate: 0.1)]
    for _ in 0..<3 {
      try Self.fused(fused).sum().backward()
      try Self.plain(plain).sum().backward()
      for optimizer in optimizers { try optimizer.step() }
    }
    try expectEqual(fused[0], plain[0].floats())
    let after = try fused[0].floats()
    #expect(after[0..<4] == before[0..<4] && after[20..<24] == before[20..<24])
    #expect(after[4..<20] != before[4..<20])
  }

  @Test func refusesWhatDoesNotFit() throws {
    let leaves = try Self.leaves()
    let one = try Tensor(integers: [1], shape: [1])
    let keeps = try Tensor([1], shape: [1])
    func features(_ tokens: Tensor, _ ends: [Int64], _ biases: Tensor) throws {
      _ = try leaves[0].textFeatures(
        tokens: tokens, keeps: keeps, ends: Tensor(integers: ends, shape: [ends.count]), weights: leaves[1],
        biases: biases, filters: Self.filters)
    }
    try features(one, [1], leaves[2])
    #expect(throws: TorchError.self) { try features(one, [2], leaves[2]) }
    #expect(throws: TorchError.self) { try features(one, [1, 0], leaves[2]) }
    #expect(throws: TorchError.self) { try features(Tensor(integers: [6], shape: [1]), [1], leaves[2]) }
    #expect(throws: TorchError.self) { try features(one, [1], leaves[0]) }
  }
}
