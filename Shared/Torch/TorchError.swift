import CTorch

/// What libtorch refused, in its own words.
public struct TorchError: Error, Sendable, CustomStringConvertible {
  /// The operation, as this module names it.
  public let operation: String
  /// libtorch's reason.
  public let reason: String

  /// "torch <operation>: <reason>".
  public var description: String { "torch \(operation): \(reason)" }
}

/// Throws libtorch's reason unless `status` is 0. It must follow its call on the same thread, with none between.
func check(_ status: Int32, _ operation: String) throws(TorchError) {
  guard status != 0 else { return }
  throw TorchError(operation: operation, reason: String(cString: ctorch_last_error()))
}
