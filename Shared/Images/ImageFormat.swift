/// The formats that are read. A file's bytes say which it is; its name and its media type may be wrong.
public enum ImageFormat: String, Sendable, CaseIterable, CustomStringConvertible {
  case png = "PNG"
  case jpeg = "JPEG"
  case webp = "WebP"

  /// As people write it.
  public var description: String { rawValue }

  /// Such as `image/png`.
  public var mediaType: String { "image/\(rawValue.lowercased())" }

  /// What a file's first bytes say.
  /// - Throws: `ImageError.empty`, `.truncated` where it ends inside a signature, `.unknownFormat` otherwise.
  public init(of bytes: [UInt8]) throws(ImageError) {
    guard !bytes.isEmpty else { throw .empty }
    for format in Self.allCases {
      switch format.match(bytes) {
      case .whole:
        self = format
        return
      case .begun: throw .truncated(format)
      case .none: continue
      }
    }
    throw .unknownFormat(ForeignFormat.name(of: bytes))
  }

  private enum Match { case whole, begun, none }

  /// By the signature, whose `nil` stands for any byte.
  private func match(_ bytes: [UInt8]) -> Match {
    let signature = Self.signatures[self] ?? []
    for (index, expected) in signature.enumerated() {
      guard index < bytes.count else { return .begun }
      if let expected, bytes[index] != expected { return .none }
    }
    return .whole
  }

  private static let signatures: [ImageFormat: [UInt8?]] = [
    .png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
    .jpeg: [0xFF, 0xD8, 0xFF],
    .webp: Array("RIFF".utf8) + [nil, nil, nil, nil] + Array("WEBP".utf8),
  ]
}
