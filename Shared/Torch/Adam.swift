import CTorch

/// The optimizer Adam (Kingma and Ba 2015), or AdamW (Loshchilov and Hutter 2019) with decoupled weight decay.
public final class Adam {
  private let handle: OpaquePointer
  private let torch: UnsafePointer<CTorchFunctions>

  /// - Parameters:
  ///   - parameters: leaves that require a gradient; the optimizer shares their numbers.
  ///   - weightDecay: the factor of the squared norm (Adam) or of the shrinking of each step (AdamW).
  ///   - decoupled: AdamW.
  public init(
    _ parameters: [Tensor], learningRate: Double, weightDecay: Double = 0, decoupled: Bool = false
  ) throws(TorchError) {
    var out: OpaquePointer?
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    try call("adam") { torch in
      withExtendedLifetime(parameters) {
        torch.adam(handles, Int64(handles.count), learningRate, weightDecay, decoupled, &out)
      }
    }
    guard let out else { throw TorchError(operation: "adam", reason: "no optimizer came back") }
    handle = out
    torch = try Library.functions.get()
  }

  deinit { torch.pointee.adam_free(handle) }

  /// Moves the parameters against their gradients, then clears the gradients.
  public func step() throws(TorchError) { try call("adam step") { $0.adam_step(handle) } }

  /// The learning rate of the steps to come.
  public func setLearningRate(_ rate: Double) throws(TorchError) {
    try call("adam learning rate") { $0.adam_set_learning_rate(handle, rate) }
  }
}
