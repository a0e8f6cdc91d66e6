import CTorch

/// The type of a tensor's elements.
public enum ElementType: Int32, Sendable {
  /// 8 bits, from 0 to 255.
  case uint8 = 0
  /// 8 bits with sign.
  case int8 = 1
  /// 32 bits with sign.
  case int32 = 3
  /// 64 bits with sign.
  case int64 = 4
  /// IEEE half precision.
  case float16 = 5
  /// IEEE single precision.
  case float32 = 6
  /// IEEE double precision.
  case float64 = 7
  /// True or false, one byte.
  case bool = 11
  /// The upper half of a single-precision number.
  case bfloat16 = 15

  var code: CTorchType { CTorchType(rawValue: UInt32(rawValue)) }
}

/// An array of numbers with a shape, and, where its history asks for a gradient, the way back to its inputs.
///
/// It owns one handle of libtorch, which it frees; views and autograd hold the numbers themselves by libtorch's own
/// count. Not `Sendable`: autograd and the in-place operations write without a lock.
public final class Tensor {
  let handle: OpaquePointer
  private let torch: UnsafePointer<CTorchFunctions>

  /// Takes over `handle`.
  init(owning handle: OpaquePointer) throws(TorchError) {
    self.handle = handle
    torch = try Library.functions.get()
  }

  deinit { torch.pointee.free(handle) }

  /// Runs a C function that makes one tensor.
  static func make(
    _ operation: String, _ body: (CTorchFunctions, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(TorchError) -> Tensor {
    try Tensor(owning: try made(operation, body))
  }

  private static func made(
    _ operation: String, _ body: (CTorchFunctions, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(TorchError) -> OpaquePointer {
    var out: OpaquePointer?
    try call(operation) { body($0, &out) }
    guard let out else { throw TorchError(operation: operation, reason: "no tensor came back") }
    return out
  }
}

extension Tensor {
  /// A tensor of type float32.
  /// - Parameter shape: its product is `values.count`.
  public convenience init(_ values: [Float], shape: [Int]) throws(TorchError) {
    try self.init(copying: values, type: .float32, shape: shape)
  }

  /// A tensor of type int64.
  /// - Parameter shape: its product is `values.count`.
  public convenience init(integers values: [Int64], shape: [Int]) throws(TorchError) {
    try self.init(copying: values, type: .int64, shape: shape)
  }

  /// A tensor from bytes in the machine's order (little-endian on every supported one), row after row; copies them.
  /// - Throws: where the bytes are not exactly what `shape` needs.
  public convenience init(bytes: UnsafeRawBufferPointer, type: ElementType, shape: [Int]) throws(TorchError) {
    try self.init(
      owning: try Self.made("from bytes") {
        $0.from_bytes(bytes.baseAddress, UInt64(bytes.count), type.code, shape.map(Int64.init), Int64(shape.count), $1)
      })
  }

  private convenience init<Value: BitwiseCopyable>(
    copying values: [Value], type: ElementType, shape: [Int]
  ) throws(TorchError) {
    try self.init(
      owning: try Self.made("from values") { torch, out in
        values.withUnsafeBytes {
          torch.from_bytes($0.baseAddress, UInt64($0.count), type.code, shape.map(Int64.init), Int64(shape.count), out)
        }
      })
  }

  /// A tensor of one value.
  public static func full(_ value: Double, shape: [Int], type: ElementType = .float32) throws(TorchError) -> Tensor {
    try make("full") { $0.full(shape.map(Int64.init), Int64(shape.count), value, type.code, $1) }
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], type: ElementType = .float32) throws(TorchError) -> Tensor {
    try full(0, shape: shape, type: type)
  }

  /// A float32 tensor drawn from a normal distribution.
  public static func normal(
    mean: Double = 0, deviation: Double = 1, shape: [Int], generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    try make("normal") {
      $0.normal(shape.map(Int64.init), Int64(shape.count), mean, deviation, generator.handle, $1)
    }
  }

  /// A float32 tensor drawn evenly from a range.
  public static func uniform(
    _ range: Range<Double>, shape: [Int], generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    try make("uniform") {
      $0.uniform(
        shape.map(Int64.init), Int64(shape.count), range.lowerBound, range.upperBound, generator.handle, $1)
    }
  }
}

extension Tensor {
  /// The length of each dimension; empty for a single number.
  public var shape: [Int] { (0..<torch.pointee.dimensions(handle)).map { Int(torch.pointee.size(handle, $0)) } }

  /// How many elements it has.
  public var count: Int { Int(torch.pointee.count(handle)) }

  /// What its elements are; `nil` for a type that this module does not name.
  public var type: ElementType? { ElementType(rawValue: torch.pointee.type(handle)) }

  /// All elements as float32, row after row.
  public func floats() throws(TorchError) -> [Float] { try read(.float32, zero: 0) }

  /// All elements as int64, row after row.
  public func integers() throws(TorchError) -> [Int64] { try read(.int64, zero: 0) }

  /// The only element, for a tensor of one.
  public func item() throws(TorchError) -> Float {
    guard count == 1 else {
      throw TorchError(operation: "item", reason: "it needs a tensor of one element, got shape \(shape)")
    }
    return try floats()[0]
  }

  /// Copies all elements, row after row, converted to `type`.
  /// - Throws: where `bytes` has not exactly their size.
  public func copy(to bytes: UnsafeMutableRawBufferPointer, as type: ElementType) throws(TorchError) {
    try call("copy to bytes") { $0.to_bytes(handle, type.code, bytes.baseAddress, UInt64(bytes.count)) }
  }

  private func read<Value: BitwiseCopyable>(_ type: ElementType, zero: Value) throws(TorchError) -> [Value] {
    var values = [Value](repeating: zero, count: count)
    try call("read") { torch in
      values.withUnsafeMutableBytes { torch.to_bytes(handle, type.code, $0.baseAddress, UInt64($0.count)) }
    }
    return values
  }

  /// The elements converted to another type.
  public func to(_ type: ElementType) throws(TorchError) -> Tensor {
    try .make("to") { $0.to_type(handle, type.code, $1) }
  }

  /// A copy of the numbers; gradients flow through.
  public func clone() throws(TorchError) -> Tensor { try .make("clone") { $0.clone(handle, $1) } }

  /// The same numbers laid out row after row.
  public func contiguous() throws(TorchError) -> Tensor { try .make("contiguous") { $0.contiguous(handle, $1) } }

  /// Overwrites the numbers in place, outside of autograd; views and optimizers of this tensor see it.
  public func assign(_ values: Tensor) throws(TorchError) { try call("assign") { $0.assign(handle, values.handle) } }
}
