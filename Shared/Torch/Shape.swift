import CTorch

/// Shape and selection. A negative `dimension` counts from the last.
extension Tensor {
  /// The same elements in another shape; one length may be −1, and follows from the others.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
    try .make("reshaped") { ctorch_reshape(handle, shape.map(Int64.init), Int64(shape.count), $0) }
  }

  /// Two dimensions swapped.
  public func transposed(_ first: Int, _ second: Int) throws(TorchError) -> Tensor {
    try .make("transposed") { ctorch_transpose(handle, Int64(first), Int64(second), $0) }
  }

  /// Tensors one behind the other along a dimension.
  public static func concatenated(_ tensors: [Tensor], _ dimension: Int) throws(TorchError) -> Tensor {
    let handles: [OpaquePointer?] = tensors.map(\.handle)
    return try withExtendedLifetime(tensors) { () throws(TorchError) in
      try make("concatenated") { ctorch_concatenate(handles, Int64(handles.count), Int64(dimension), $0) }
    }
  }

  /// A view of `length` elements along a dimension, from `start`.
  public func narrowed(_ dimension: Int, start: Int, length: Int) throws(TorchError) -> Tensor {
    try .make("narrowed") { ctorch_narrow(handle, Int64(dimension), Int64(start), Int64(length), $0) }
  }

  /// The slices along a dimension at `indices` (int64, one dimension), in their order.
  public func selected(_ dimension: Int, _ indices: Tensor) throws(TorchError) -> Tensor {
    try .make("selected") { ctorch_index_select(handle, Int64(dimension), indices.handle, $0) }
  }

  /// `value` where `mask` (bool, broadcast) is true, else the element.
  public func maskedFill(_ mask: Tensor, _ value: Double) throws(TorchError) -> Tensor {
    try .make("maskedFill") { ctorch_masked_fill(handle, mask.handle, value, $0) }
  }
}
