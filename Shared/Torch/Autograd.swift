import CTorch

/// Gradients.
extension Tensor {
  /// Asks autograd to keep a gradient for this tensor, which must not itself be computed from one.
  public func requireGradient(_ required: Bool = true) throws(TorchError) {
    try check(ctorch_require_gradient(handle, required), "requireGradient")
  }

  /// The same numbers without their history.
  public func detached() throws(TorchError) -> Tensor { try .make("detached") { ctorch_detach(handle, $0) } }

  /// Adds d(self)/d(leaf) to the gradient of each leaf that requires one; self is a single number.
  public func backward() throws(TorchError) { try check(ctorch_backward(handle), "backward") }

  /// The gradient so far; `nil` before the first `backward`.
  public func gradient() throws(TorchError) -> Tensor? {
    var out: OpaquePointer?
    try check(ctorch_gradient(handle, &out), "gradient")
    return out.map { Tensor(owning: $0) }
  }
}

/// Runs `body` without recording what gradients would need.
///
/// The mark is the thread's, so `body` is synchronous.
public func withoutGradient<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
  let before = ctorch_set_gradient_enabled(false)
  defer { _ = ctorch_set_gradient_enabled(before) }
  return try body()
}
