import Foundation
import LargeModelFlow

/// Why an image could not be fetched.
public struct ImageFetchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Whose fault it is, as far as this one failure can tell.
  public enum Blame: Sendable, Equatable {
    /// The image's: it would fail again.
    case image
    /// The image's or a missing right.
    case unclear
    /// The server's, unless it is always this image that it fails at.
    case likelyWorld
    /// The world's: every image of the place would meet it.
    case world

    /// How often an image must have failed, another one of its place fetched in between each time, before it is charged
    /// with it; `nil`: never.
    public var patience: Int? {
      switch self {
      case .image: 1
      case .unclear: 3
      case .likelyWorld: 8
      case .world: nil
      }
    }
  }

  /// What stands in the way, in one word: a metric's label.
  public enum Cause: String, Sendable, Equatable {
    /// The address is below no prefix of the settings.
    case notAllowed = "not_allowed"
    /// The address is none.
    case address
    /// There is no image at the address.
    case missing
    /// The file is longer than the settings allow.
    case tooLarge = "too_large"
    /// Another image than the one that was there before.
    case changed
    /// The server asks for fewer requests.
    case rateLimit = "rate_limit"
    /// A right is missing.
    case rights
    /// The host cannot be found or reached, or not by TLS.
    case connection
    /// The server fails, or takes too long.
    case server
  }

  /// Whose fault it is.
  public let blame: Blame
  /// What stands in the way.
  public let cause: Cause
  /// What is wrong, with the address.
  public let description: String
  /// Equal for equal faults: without the image's own address.
  public let reason: String
  /// How long the server asks to be left alone.
  public let retryAfter: Duration?

  init(
    _ blame: Blame, _ cause: Cause, _ reason: String, at address: String, retryAfter: Duration? = nil
  ) {
    (self.blame, self.cause, self.reason, self.retryAfter) = (blame, cause, reason, retryAfter)
    description = "the image at \(address.prefix(300)) cannot be fetched: \(reason)"
  }
}

extension ImageFetchError {
  /// What an HTTP status other than a success or a redirect means.
  ///
  /// | status | whose fault | why |
  /// | --- | --- | --- |
  /// | 401, 407 | the world's | a right is missing, for every image |
  /// | 403 | unclear | some stores say so of what is not there |
  /// | 408, 425, 429, 5xx | likely the world's | the server is slow, busy or broken |
  /// | 421 | the world's | a proxy's settings |
  /// | any other | the image's | 404 and 410: it is gone; 400 … 451: the address is wrong; 2xx: there is no picture in it |
  static func status(_ status: Int, at address: ImageAddress, retryAfter: Duration?) -> ImageFetchError {
    let (blame, cause): (Blame, Cause) =
      switch status {
      case 401, 407: (.world, .rights)
      case 403: (.unclear, .rights)
      case 421: (.world, .connection)
      case 429: (.likelyWorld, .rateLimit)
      case 408, 425, 500...599: (.likelyWorld, .server)
      default: (.image, .missing)
      }
    return ImageFetchError(
      blame, cause, "\(address.host) answers with status \(status)", at: address.text, retryAfter: retryAfter)
  }

  /// What a failed call of the file system means.
  static func file(_ code: Int32, at address: ImageAddress) -> ImageFetchError {
    let (blame, cause): (Blame, Cause) =
      switch code {
      case ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, ENXIO: (.image, .missing)
      case EACCES, EPERM: (.unclear, .rights)
      default: (.likelyWorld, .server)
      }
    return ImageFetchError(blame, cause, String(cString: strerror(code)), at: address.text)
  }
}
