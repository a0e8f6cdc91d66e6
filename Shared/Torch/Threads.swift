import CTorch

/// Runs `body` with libtorch's operations on at most `count` threads when called from this thread, then restores what
/// was set before. One thread makes training repeatable to the bit.
public func withThreads<Value>(_ count: Int, _ body: () throws -> Value) throws -> Value {
  guard count > 0, let threads = Int32(exactly: count) else {
    throw TorchError(operation: "threads", reason: "it needs a count from 1, got \(count)")
  }
  var before: Int32 = 0
  try call("threads") {
    before = $0.threads()
    return $0.set_threads(threads)
  }
  let result = Result { try body() }
  try call("threads") { $0.set_threads(before) }
  return try result.get()
}
