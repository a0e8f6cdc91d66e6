import Foundation

/// One tensor to be written: row-major, little-endian.
public struct SafetensorsTensor: Sendable, Equatable {
  /// The elements' type.
  public let type: ElementType
  /// The extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The elements' bytes.
  public let bytes: Data

  /// A tensor of bytes that are already in the format's order.
  public init(_ type: ElementType, shape: [Int], bytes: Data) {
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// A float32 tensor.
  public init(_ values: [Float], shape: [Int]) { self.init(.float32, shape: shape, values) }
  /// A float16 tensor.
  public init(_ values: [Float16], shape: [Int]) { self.init(.float16, shape: shape, values) }
  /// An int64 tensor.
  public init(_ values: [Int64], shape: [Int]) { self.init(.int64, shape: shape, values) }
  /// An int32 tensor.
  public init(_ values: [Int32], shape: [Int]) { self.init(.int32, shape: shape, values) }
  /// A tensor of bytes.
  public init(_ values: [UInt8], shape: [Int]) { self.init(.uint8, shape: shape, values) }

  // Swift runs on little-endian machines only, so memory order is the format's order.
  private init<Element: BitwiseCopyable>(_ type: ElementType, shape: [Int], _ values: [Element]) {
    self.init(type, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
  }
}
