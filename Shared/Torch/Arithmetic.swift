import CTorch

/// Arithmetic, element by element, with libtorch's broadcasting.
extension Tensor {
  /// a + b.
  public static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("add") { $0.add(a.handle, b.handle, $1) }
  }

  /// a − b.
  public static func - (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("subtract") { $0.subtract(a.handle, b.handle, $1) }
  }

  /// a · b.
  public static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("multiply") { $0.multiply(a.handle, b.handle, $1) }
  }

  /// a / b.
  public static func / (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("divide") { $0.divide(a.handle, b.handle, $1) }
  }

  /// Each element times a number.
  public static func * (a: Tensor, scale: Double) throws(TorchError) -> Tensor {
    try make("scale") { $0.affine(a.handle, scale, 0, $1) }
  }

  /// Each element plus a number.
  public static func + (a: Tensor, offset: Double) throws(TorchError) -> Tensor {
    try make("offset") { $0.affine(a.handle, 1, offset, $1) }
  }

  /// A bool tensor: true where an element equals `value`.
  public func isEqual(to value: Double) throws(TorchError) -> Tensor {
    try .make("isEqual") { $0.equal_scalar(handle, value, $1) }
  }

  /// e to the power of each element.
  public func exp() throws(TorchError) -> Tensor { try .make("exp") { $0.exp(handle, $1) } }

  /// The natural logarithm.
  public func log() throws(TorchError) -> Tensor { try .make("log") { $0.log(handle, $1) } }

  /// The square root.
  public func squareRoot() throws(TorchError) -> Tensor { try .make("squareRoot") { $0.square_root(handle, $1) } }

  /// Each element, or `minimum` where it is smaller.
  public func clamped(minimum: Double) throws(TorchError) -> Tensor {
    try .make("clamped") { $0.clamp_minimum(handle, minimum, $1) }
  }
}

/// Linear algebra.
extension Tensor {
  /// The matrix product over the last two dimensions; leading ones are a batch.
  public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
    try .make("matmul") { $0.matmul(handle, other.handle, $1) }
  }

  /// The reduced singular value decomposition of a matrix m × n: u (m × k), s (k, largest first), vh (k × n),
  /// k = min(m, n).
  public func svd() throws(TorchError) -> (u: Tensor, s: Tensor, vh: Tensor) {
    var u: OpaquePointer?
    var s: OpaquePointer?
    var vh: OpaquePointer?
    try call("svd") { $0.svd(handle, &u, &s, &vh) }
    guard let u, let s, let vh else { throw TorchError(operation: "svd", reason: "no tensors came back") }
    return (try Tensor(owning: u), try Tensor(owning: s), try Tensor(owning: vh))
  }
}
