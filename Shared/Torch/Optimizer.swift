import CTorch

/// What moves parameters against their gradients: `Adam` or `StochasticGradientDescent`.
public class Optimizer {
  private let handle: OpaquePointer
  private let torch: UnsafePointer<CTorchFunctions>

  /// - Parameter make: a C function that makes an optimizer of the parameters' handles.
  init(
    _ operation: String, _ parameters: [Tensor],
    _ make: (CTorchFunctions, [OpaquePointer?], UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(TorchError) {
    var out: OpaquePointer?
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    try call(operation) { torch in withExtendedLifetime(parameters) { make(torch, handles, &out) } }
    guard let out else { throw TorchError(operation: operation, reason: "no optimizer came back") }
    handle = out
    torch = try Library.functions.get()
  }

  deinit { torch.pointee.optimizer_free(handle) }

  /// Moves the parameters against their gradients, then clears the gradients.
  public func step() throws(TorchError) { try call("optimizer step") { $0.optimizer_step(handle) } }

  /// The learning rate of the steps to come.
  public func setLearningRate(_ rate: Double) throws(TorchError) {
    try call("learning rate") { $0.optimizer_set_learning_rate(handle, rate) }
  }

  /// What steps leave for later ones, as tensors that share their numbers: assigning to them goes on from there.
  public func state() throws(TorchError) -> [Tensor] {
    var result: [Tensor] = []
    for index in 0..<torch.pointee.optimizer_state_count(handle) {
      result.append(try .make("optimizer state") { $0.optimizer_state(handle, index, $1) })
    }
    return result
  }
}
