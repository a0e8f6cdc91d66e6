/// Where an image's bytes are: in the message itself, or where they can be fetched. Nothing here is decoded or fetched.
///
/// Indirect, so that an input without an image is hardly larger than its text.
public indirect enum ImageSource: Sendable, Hashable {
  /// The bytes of an image file, with its media type, such as `image/jpeg`, where that is known.
  case data([UInt8], mediaType: String?)
  /// The image file's address, with its media type where that is known, and the SHA-256 of the file that was fetched from
  /// there, in lower-case hexadecimal.
  case url(String, mediaType: String?, sha256: String? = nil)

  /// The file's media type, where the producer named one.
  public var mediaType: String? {
    switch self {
    case .data(_, let mediaType), .url(_, let mediaType, _): mediaType
    }
  }

  /// The file's bytes; `nil` where they are still to be fetched.
  public var fetched: [UInt8]? { if case .data(let bytes, _) = self { bytes } else { nil } }

  /// How many bytes it takes in a message, about: those of the file, or of its address.
  public var byteCount: Int {
    switch self {
    case .data(let bytes, _): bytes.count
    case .url(let url, _, _): url.utf8.count
    }
  }
}
