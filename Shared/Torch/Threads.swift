import CTorch

/// The version of libtorch that this build runs on.
public let torchVersion = String(cString: ctorch_version())

/// Runs `body` with libtorch's operations on at most `count` threads when called from this thread, then restores what
/// was set before. One thread makes training repeatable to the bit.
public func withThreads<Value>(_ count: Int, _ body: () throws -> Value) throws -> Value {
  guard count > 0, let threads = Int32(exactly: count) else {
    throw TorchError(operation: "threads", reason: "it needs a count from 1, got \(count)")
  }
  let before = ctorch_threads()
  try check(ctorch_set_threads(threads), "threads")
  let result = Result { try body() }
  try check(ctorch_set_threads(before), "threads")
  return try result.get()
}
