import CTorch

/// Gradients.
extension Tensor {
  /// Asks autograd to keep a gradient for this tensor, which must not itself be computed from one.
  public func requireGradient(_ required: Bool = true) throws(TorchError) {
    try call("requireGradient") { $0.require_gradient(handle, required) }
  }

  /// The same numbers without their history.
  public func detached() throws(TorchError) -> Tensor { try .make("detached") { $0.detach(handle, $1) } }

  /// Adds d(self)/d(leaf) to the gradient of each leaf that requires one; self is a single number.
  public func backward() throws(TorchError) { try call("backward") { $0.backward(handle) } }

  /// The gradient so far; `nil` before the first `backward`.
  public func gradient() throws(TorchError) -> Tensor? {
    var out: OpaquePointer?
    try call("gradient") { $0.gradient(handle, &out) }
    return try out.map { handle throws(TorchError) in try Tensor(owning: handle) }
  }
}

/// Runs `body` without recording what gradients would need.
///
/// The mark is the thread's, so `body` is synchronous.
public func withoutGradient<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
  // Where libtorch cannot be loaded, the body's first operation says so.
  guard case .success(let torch) = Library.functions else { return try body() }
  let before = torch.pointee.set_gradient_enabled(false)
  defer { _ = torch.pointee.set_gradient_enabled(before) }
  return try body()
}
