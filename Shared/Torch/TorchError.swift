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

/// Calls a function of libtorch, and throws its reason unless it returns 0.
func call(_ operation: String, _ body: (CTorchFunctions) -> Int32) throws(TorchError) {
  let torch = try Library.functions.get().pointee
  guard body(torch) != 0 else { return }
  throw TorchError(
    operation: operation, reason: torch.last_error().map { String(cString: $0) } ?? "no reason given")
}
