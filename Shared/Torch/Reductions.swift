import CTorch

/// Reductions over one dimension, which `keep` leaves with length 1. A negative `dimension` counts from the last.
extension Tensor {
  /// The largest elements and where they are (int64; the first of equals is not promised).
  public func max(_ dimension: Int, keep: Bool = false) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    var values: OpaquePointer?
    var indices: OpaquePointer?
    try call("max") { $0.max(handle, Int64(dimension), keep, &values, &indices) }
    guard let values, let indices else { throw TorchError(operation: "max", reason: "no tensors came back") }
    return (try Tensor(owning: values), try Tensor(owning: indices))
  }

  /// The mean.
  public func mean(_ dimension: Int, keep: Bool = false) throws(TorchError) -> Tensor {
    try .make("mean") { $0.mean(handle, Int64(dimension), keep, $1) }
  }

  /// The sum.
  public func sum(_ dimension: Int, keep: Bool = false) throws(TorchError) -> Tensor {
    try .make("sum") { $0.sum(handle, Int64(dimension), keep, $1) }
  }

  /// The sum of all elements.
  public func sum() throws(TorchError) -> Tensor { try .make("sum") { $0.sum_all(handle, $1) } }
}
