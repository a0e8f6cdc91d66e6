import CTorch

/// Arithmetic, element by element, with libtorch's broadcasting.
extension Tensor {
  /// a + b.
  public static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("add") { ctorch_add(a.handle, b.handle, $0) }
  }

  /// a − b.
  public static func - (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("subtract") { ctorch_subtract(a.handle, b.handle, $0) }
  }

  /// a · b.
  public static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("multiply") { ctorch_multiply(a.handle, b.handle, $0) }
  }

  /// a / b.
  public static func / (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try make("divide") { ctorch_divide(a.handle, b.handle, $0) }
  }

  /// Each element times a number.
  public static func * (a: Tensor, scale: Double) throws(TorchError) -> Tensor {
    try make("scale") { ctorch_affine(a.handle, scale, 0, $0) }
  }

  /// Each element plus a number.
  public static func + (a: Tensor, offset: Double) throws(TorchError) -> Tensor {
    try make("offset") { ctorch_affine(a.handle, 1, offset, $0) }
  }

  /// A bool tensor: true where an element equals `value`.
  public func isEqual(to value: Double) throws(TorchError) -> Tensor {
    try .make("isEqual") { ctorch_equal_scalar(handle, value, $0) }
  }

  /// e to the power of each element.
  public func exp() throws(TorchError) -> Tensor { try .make("exp") { ctorch_exp(handle, $0) } }

  /// The natural logarithm.
  public func log() throws(TorchError) -> Tensor { try .make("log") { ctorch_log(handle, $0) } }

  /// The square root.
  public func squareRoot() throws(TorchError) -> Tensor { try .make("squareRoot") { ctorch_square_root(handle, $0) } }

  /// Each element, or `minimum` where it is smaller.
  public func clamped(minimum: Double) throws(TorchError) -> Tensor {
    try .make("clamped") { ctorch_clamp_minimum(handle, minimum, $0) }
  }
}

/// Linear algebra.
extension Tensor {
  /// The matrix product over the last two dimensions; leading ones are a batch.
  public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
    try .make("matmul") { ctorch_matmul(handle, other.handle, $0) }
  }

  /// The reduced singular value decomposition of a matrix m × n: u (m × k), s (k, largest first), vh (k × n),
  /// k = min(m, n).
  public func svd() throws(TorchError) -> (u: Tensor, s: Tensor, vh: Tensor) {
    var u: OpaquePointer?
    var s: OpaquePointer?
    var vh: OpaquePointer?
    try check(ctorch_svd(handle, &u, &s, &vh), "svd")
    guard let u, let s, let vh else { throw TorchError(operation: "svd", reason: "no tensors came back") }
    return (Tensor(owning: u), Tensor(owning: s), Tensor(owning: vh))
  }
}
