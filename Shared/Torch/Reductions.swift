import CTorch

/// Reductions over one dimension, which `keep` leaves with length 1. A negative `dimension` counts from the last.
extension Tensor {
  /// The largest elements and where they are (int64; the first of equals is not promised).
  public func max(_ dimension: Int, keep: Bool = false) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    var values: OpaquePointer?
    var indices: OpaquePointer?
    try check(ctorch_max(handle, Int64(dimension), keep, &values, &indices), "max")
    guard let values, let indices else { throw TorchError(operation: "max", reason: "no tensors came back") }
    return (Tensor(owning: values), Tensor(owning: indices))
  }

  /// The mean.
  public func mean(_ dimension: Int, keep: Bool = false) throws(TorchError) -> Tensor {
    try .make("mean") { ctorch_mean(handle, Int64(dimension), keep, $0) }
  }

  /// The sum.
  public func sum(_ dimension: Int, keep: Bool = false) throws(TorchError) -> Tensor {
    try .make("sum") { ctorch_sum(handle, Int64(dimension), keep, $0) }
  }

  /// The sum of all elements.
  public func sum() throws(TorchError) -> Tensor { try .make("sum") { ctorch_sum_all(handle, $0) } }
}
