import CTorch

/// A source of random numbers with a state of its own: the same seed gives the same numbers whatever else runs in the
/// process, which libtorch's global generator cannot promise. Not `Sendable`: each draw writes its state.
public final class RandomGenerator {
  let handle: OpaquePointer
  private let torch: UnsafePointer<CTorchFunctions>

  /// A generator that starts from `seed`.
  public init(seed: UInt64) throws(TorchError) {
    var out: OpaquePointer?
    try call("generator") { $0.generator(seed, &out) }
    guard let out else { throw TorchError(operation: "generator", reason: "no generator came back") }
    handle = out
    torch = try Library.functions.get()
  }

  deinit { torch.pointee.generator_free(handle) }
}
