import CTorch

/// Shape and selection. A negative `dimension` counts from the last.
extension Tensor {
  /// The same elements in another shape; one length may be −1, and follows from the others.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
    try .make("reshaped") { $0.reshape(handle, shape.map(Int64.init), Int64(shape.count), $1) }
  }

  /// Two dimensions swapped.
  public func transposed(_ first: Int, _ second: Int) throws(TorchError) -> Tensor {
    try .make("transposed") { $0.transpose(handle, Int64(first), Int64(second), $1) }
  }

  /// Tensors one behind the other along a dimension.
  public static func concatenated(_ tensors: [Tensor], _ dimension: Int) throws(TorchError) -> Tensor {
    let handles: [OpaquePointer?] = tensors.map(\.handle)
    return try withExtendedLifetime(tensors) { () throws(TorchError) in
      try make("concatenated") { $0.concatenate(handles, Int64(handles.count), Int64(dimension), $1) }
    }
  }

  /// A view of `length` elements along a dimension, from `start`.
  public func narrowed(_ dimension: Int, start: Int, length: Int) throws(TorchError) -> Tensor {
    try .make("narrowed") { $0.narrow(handle, Int64(dimension), Int64(start), Int64(length), $1) }
  }

  /// The slices along a dimension at `indices` (int64, one dimension), in their order.
  public func selected(_ dimension: Int, _ indices: Tensor) throws(TorchError) -> Tensor {
    try .make("selected") { $0.index_select(handle, Int64(dimension), indices.handle, $1) }
  }

  /// `value` where `mask` (bool, broadcast) is true, else the element.
  public func maskedFill(_ mask: Tensor, _ value: Double) throws(TorchError) -> Tensor {
    try .make("maskedFill") { $0.masked_fill(handle, mask.handle, value, $1) }
  }
}
