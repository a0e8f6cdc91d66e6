import CFolded

/// Where the numbers of a folded network lie; see `CFolded.h`. Filters and labels are padded with zeros to multiples
/// of 16.
struct FoldedLayout {
  let shape: TextCNNShape
  let banks: [CFoldedBank]
  let labelChunks: Int
  /// Whether a row ends in its token's share of the logits, which is shorter where there are few labels, or in the
  /// token's embedding.
  let sumIsLogits: Bool
  let sumChunks: Int

  init(_ shape: TextCNNShape) {
    self.shape = shape
    banks = shape.filters.map { CFoldedBank(width: Int32($0.width), chunks: Int32(Self.chunks($0.count))) }
    labelChunks = Self.chunks(shape.labels)
    sumIsLogits = labelChunks <= Self.chunks(shape.dimension)
    sumChunks = sumIsLogits ? labelChunks : Self.chunks(shape.dimension)
  }

  static var lanes: Int { Int(CFOLDED_LANES) }

  static func chunks(_ count: Int) -> Int { (count + lanes - 1) / lanes }

  /// Numbers of a token's row.
  var rowLength: Int { sumBase + sumChunks * Self.lanes }

  /// Labels that are there for the padding only.
  var labelPadding: Int { labelChunks * Self.lanes - shape.labels }

  private var sumBase: Int { banks.reduce(0) { $0 + Int($1.width * $1.chunks) } * Self.lanes }

  private var filterFeatures: Int { shape.filters.reduce(0) { $0 + $1.count } }

  /// [dimension][rowLength]: a token's row is its embedding times this.
  func composition(_ network: TextCNN) -> [Float] {
    var matrix = [Float](repeating: 0, count: shape.dimension * rowLength)
    for dimension in 0..<shape.dimension {
      var base = dimension * rowLength
      for (bank, weights) in zip(shape.filters, network.filters) {
        for filter in 0..<bank.count {
          let (chunk, lane) = filter.quotientAndRemainder(dividingBy: Self.lanes)
          for offset in 0..<bank.width {
            matrix[base + (chunk * bank.width + offset) * Self.lanes + lane] =
              weights[(filter * shape.dimension + dimension) * bank.width + offset]
          }
        }
        base += Self.chunks(bank.count) * bank.width * Self.lanes
      }
      if sumIsLogits {
        for label in 0..<shape.labels {
          matrix[base + label] = network.head[label * shape.features + filterFeatures + dimension]
        }
      } else {
        matrix[base + dimension] = 1
      }
    }
    return matrix
  }

  /// [all filters, padded].
  func filterBiases(_ network: TextCNN) -> [Float] {
    zip(shape.filters, network.filterBiases).flatMap { bank, biases in
      biases + [Float](repeating: 0, count: Self.chunks(bank.count) * Self.lanes - bank.count)
    }
  }

  /// [features, padded][labels, padded].
  func head(_ network: TextCNN) -> [Float] {
    var rows: [Float] = []
    var feature = 0
    for count in shape.filters.map(\.count) + (sumIsLogits ? [] : [shape.dimension]) {
      for index in 0..<Self.chunks(count) * Self.lanes {
        rows += (0..<shape.labels).map { index < count ? network.head[$0 * shape.features + feature + index] : 0 }
        rows += [Float](repeating: 0, count: labelPadding)
      }
      feature += count
    }
    return rows
  }
}
