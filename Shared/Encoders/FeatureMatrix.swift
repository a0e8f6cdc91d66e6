/// Numbers in rows, one row an input; row-major.
public struct FeatureMatrix: Sendable, Equatable {
  /// Inputs.
  public let rows: Int
  /// Features an input.
  public let columns: Int
  /// rows × columns numbers.
  public var values: [Float]

  /// Takes `rows` × `columns` numbers; throws where there are more or fewer.
  public init(rows: Int, columns: Int, values: [Float]) throws(EncoderError) {
    guard rows >= 0, columns >= 0, values.count == rows * columns else {
      throw EncoderError("a matrix of \(rows) × \(columns) cannot have \(values.count) values")
    }
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// A matrix of zeros.
  package init(rows: Int, columns: Int) {
    (self.rows, self.columns) = (rows, columns)
    values = [Float](repeating: 0, count: rows * columns)
  }

  /// The rows of several matrices of as many columns, in their order.
  package init(joining parts: [FeatureMatrix]) {
    rows = parts.reduce(0) { $0 + $1.rows }
    columns = parts.first?.columns ?? 0
    values = parts.flatMap(\.values)
  }

  /// One input's features.
  public subscript(row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }

  /// Sets one input's features, `columns` numbers.
  mutating func replace(_ row: Int, with features: some Collection<Float>) {
    values.replaceSubrange(row * columns..<(row + 1) * columns, with: features)
  }

  /// Lends each input's features to be written, for the length of the call.
  mutating func withRows<Value>(_ body: ([UnsafeMutableBufferPointer<Float>]) throws -> Value) rethrows -> Value {
    let (rows, columns) = (rows, columns)
    return try values.withUnsafeMutableBufferPointer { values in
      try body((0..<rows).map { UnsafeMutableBufferPointer(rebasing: values[$0 * columns..<($0 + 1) * columns]) })
    }
  }

  /// The rows at `indices`, in their order.
  public func selecting(_ indices: some Collection<Int>) -> FeatureMatrix {
    var selected = FeatureMatrix(rows: indices.count, columns: columns)
    for (target, source) in indices.enumerated() {
      selected.replace(target, with: self[source])
    }
    return selected
  }

  /// The scalar product of `vector` (columns numbers) with each row.
  package func products(with vector: ArraySlice<Float>) -> [Float] {
    values.withUnsafeBufferPointer { values in
      vector.withUnsafeBufferPointer { vector in
        (0..<rows).map { row in
          scalarProduct(UnsafeBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]), vector)
        }
      }
    }
  }
}

/// Σ aᵢ bᵢ in sixteen lanes: without reassociation the compiler may not vectorise a sum of floats.
private func scalarProduct(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) -> Float {
  let count = min(a.count, b.count)
  var lanes = SIMD16<Float>.zero
  var position = 0
  while position + 16 <= count {
    let left = UnsafeRawBufferPointer(a).loadUnaligned(fromByteOffset: position * 4, as: SIMD16<Float>.self)
    let right = UnsafeRawBufferPointer(b).loadUnaligned(fromByteOffset: position * 4, as: SIMD16<Float>.self)
    lanes += left * right
    position += 16
  }
  var sum = lanes.sum()
  while position < count {
    sum += a[position] * b[position]
    position += 1
  }
  return sum
}
