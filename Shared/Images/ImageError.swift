/// What is wrong with a picture's file.
public enum ImageError: Error, Sendable, Equatable {
  /// There is no byte.
  case empty
  /// None of the formats that are read; with what it seems to be, where that is known.
  case unknownFormat(String?)
  /// More bytes than the bounds allow.
  case tooManyBytes(Int, limit: Int)
  /// More pixels than the bounds allow, as its header says.
  case tooManyPixels(width: Int, height: Int, limit: Int)
  /// A side below the bounds' minimum, as its header says.
  case tooSmall(width: Int, height: Int, minimum: Int)
  /// It ends before the picture does.
  case truncated(ImageFormat)
  /// It cannot be decoded; with the decoder's words.
  case broken(ImageFormat, String)
  /// It has more than one frame: nobody knows which one is meant.
  case animated(ImageFormat)
  /// The machine has no memory for it now.
  case outOfMemory(width: Int, height: Int)
}

extension ImageError: CustomStringConvertible {
  /// Such as `truncated: the JPEG ends before the picture does`.
  public var description: String {
    switch self {
    case .empty: "empty: the file has no bytes"
    case .unknownFormat(let guess):
      "unknown format\(guess.map { ": it seems to be \($0)" } ?? ""); PNG, JPEG and WebP are read"
    case .tooManyBytes(let count, let limit): "too large: \(count) bytes, and at most \(limit) are read"
    case .tooManyPixels(let width, let height, let limit):
      "too large: \(width) x \(height) pixels, and at most \(limit) are read"
    case .tooSmall(let width, let height, let minimum):
      "too small: \(width) x \(height) pixels, and a side has at least \(minimum)"
    case .truncated(let format): "truncated: the \(format) ends before the picture does"
    case .broken(let format, let reason): "broken \(format): \(reason)"
    case .animated(let format): "animated: the \(format) has more than one frame"
    case .outOfMemory(let width, let height): "no memory for \(width) x \(height) pixels"
    }
  }
}
