import Foundation

/// A safetensors file that has been checked: every tensor's bytes lie inside it and overlap no other's.
public struct SafetensorsFile: Sendable {
  /// What the header says of one tensor.
  public struct Entry: Sendable, Equatable {
    /// The elements' type.
    public let type: ElementType
    /// The extents, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Where the elements lie, in bytes after the header.
    let bytes: Range<Int>
  }

  /// The file's path, or the name that its bytes were given; errors begin with it.
  public let name: String
  /// The free strings under `__metadata__`.
  public let metadata: [String: String]
  /// Every tensor by its name.
  public let tensors: [String: Entry]

  /// How a file begins that Git LFS has not fetched.
  public static let pointerPrefix = "version https://git-lfs"

  private let data: Data
  private let bodyStart: Int

  /// Maps a file into memory and checks its header.
  ///
  /// The mapping lives as long as the value and its copies. Nobody may write into the file meanwhile; `write` below
  /// replaces files by renaming, which leaves mappings intact.
  public init(contentsOf url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .alwaysMapped)
    } catch {
      throw SafetensorsError(url.path, "cannot be read: \(error.localizedDescription)")
    }
    try self.init(data: data, name: url.path)
  }

  /// Checks bytes already in memory; `name` stands in errors.
  public init(data: Data, name: String) throws {
    guard !data.starts(with: Self.pointerPrefix.utf8) else {
      throw SafetensorsError(name, "is a Git LFS pointer, not the file; run 'git lfs pull' there")
    }
    guard data.count >= 8 else {
      throw SafetensorsError(name, "is no safetensors file: \(data.count) bytes, the header's length alone takes 8")
    }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(SafetensorsHeader.maximumLength) else {
      throw SafetensorsError(name, "is no safetensors file: its first 8 bytes give a header of \(length) bytes")
    }
    let bodyStart = 8 + Int(length)
    guard bodyStart <= data.count else {
      throw SafetensorsError(name, "is truncated: \(data.count) bytes, the header alone ends at byte \(bodyStart)")
    }
    let json = data[data.startIndex + 8..<data.startIndex + bodyStart]
    guard json.first == UInt8(ascii: "{") else {
      throw SafetensorsError(name, "is no safetensors file: the header does not begin with {")
    }
    let header = try SafetensorsHeader(parsing: json, bodyLength: data.count - bodyStart, file: name)
    (self.name, self.data, self.bodyStart) = (name, data, bodyStart)
    (metadata, tensors) = (header.metadata, header.tensors)
  }

  /// What the file holds under `name`; throws where there is no such tensor.
  public func entry(_ name: String) throws -> Entry {
    guard let entry = tensors[name] else {
      throw SafetensorsError(self.name, "has no tensor \(name); it has \(tensors.count) others")
    }
    return entry
  }

  /// Lends a tensor's bytes, row-major, little-endian, for the length of the call. They may be unaligned.
  public func withBytes<Value>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Value) throws -> Value {
    let range = try entry(name).bytes
    return try data.withUnsafeBytes { bytes in
      try body(UnsafeRawBufferPointer(rebasing: bytes[bodyStart + range.lowerBound..<bodyStart + range.upperBound]))
    }
  }

  /// A float32, float16 or bfloat16 tensor's elements, row-major.
  public func floats(_ name: String) throws -> [Float] {
    switch try entry(name).type {
    case .float32: try elements(name)
    case .float16: try (elements(name) as [Float16]).map(Float.init)
    case .bfloat16: try (elements(name) as [UInt16]).map { Float(bitPattern: UInt32($0) << 16) }
    case let other:
      throw SafetensorsError(self.name, "tensor \(name) has dtype \(other.rawValue), wanted F32, F16 or BF16")
    }
  }

  /// An int64, int32 or byte tensor's elements, row-major.
  public func integers(_ name: String) throws -> [Int64] {
    switch try entry(name).type {
    case .int64: try elements(name)
    case .int32: try (elements(name) as [Int32]).map(Int64.init)
    case .uint8: try (elements(name) as [UInt8]).map(Int64.init)
    case let other: throw SafetensorsError(self.name, "tensor \(name) has dtype \(other.rawValue), wanted integers")
    }
  }

  private func elements<Element: BitwiseCopyable>(_ name: String) throws -> [Element] {
    try withBytes(of: name) { bytes in
      [Element](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Element>.size) { elements, count in
        UnsafeMutableRawBufferPointer(elements).copyMemory(from: bytes)
        count = bytes.count / MemoryLayout<Element>.size
      }
    }
  }
}
