import Content
import ImageFetch
import Images
import JSON
import Messages
import Synchronization

/// Brings the images of samples whose models look at pictures: from the message or from where it says, decoded, or the
/// reason why not. All batches under way share it.
final class ImageIntake: Sendable {
  /// What became of a sample's image.
  enum File: Sendable {
    /// Its bytes, and their SHA-256 where they were fetched.
    case here([UInt8], sha256: String?)
    /// It will never be there.
    case refused(JSONError)
    /// It may be there later.
    case later(Delay)
  }

  /// Why a sample waits for its image.
  struct Delay: Sendable {
    let wait: Duration
    /// What every image of the task meets; `nil` where it may be this one's own.
    let hold: String?
  }

  /// So many images are fetched together, and then decoded and looked at.
  static let pieceSize = 128
  /// A piece ends early where its pictures take more bytes than this once decoded.
  static let pieceBytes = 32 << 20
  /// How long a batch fetches; the rest of it is fetched with a later one, so that no batch holds up the consumer.
  static let patience = Duration.seconds(30)

  /// A longer file is refused, and one longer than this does not travel with its answer.
  let (maximumBytes, keptBytes): (Int, Int)
  private let fetcher: ImageFetcher
  private let decoder: ImageDecoder
  private let patience = Mutex(FetchPatience())

  /// With nothing fetched yet.
  init(_ settings: ImageSettings = ImageSettings()) {
    (maximumBytes, keptBytes) = (settings.maximumBytes, settings.keptBytes)
    fetcher = ImageFetcher(settings)
    decoder = ImageDecoder(
      bounds: ImageBounds(maximumBytes: settings.maximumBytes, maximumPixels: settings.maximumPixels))
  }

  /// The files of samples' images, [samples]; those by reference are fetched side by side.
  /// - Throws: `CancellationError`.
  func files(of samples: ArraySlice<Sample>) async throws -> [File] {
    try await withThrowingTaskGroup(of: (Int, File).self) { group in
      var files = [File?](repeating: nil, count: samples.count)
      for (place, sample) in samples.enumerated() {
        switch sample.input.image {
        case .data(let bytes, _): files[place] = .here(bytes, sha256: nil)
        case .url(let url, _, let sha256): group.addTask { (place, try await self.fetch(url, sha256)) }
        case nil: files[place] = .refused(JSONError("field \"image\" is missing"))
        }
      }
      for try await (place, file) in group { files[place] = file }
      return files.compactMap(\.self)
    }
  }

  private func fetch(_ url: String, _ sha256: String?) async throws -> File {
    do {
      let image = try await fetcher.fetch(url, sha256: sha256)
      patience.withLock { $0.succeeded(url) }
      return .here(image.bytes, sha256: image.sha256)
    } catch let error as ImageFetchError {
      switch patience.withLock({ $0.failed(url, by: error) }) {
      case .reject:
        return .refused(
          JSONError(
            "field \"image.url\": \(error)", kind: "field \"image.url\": the image cannot be fetched: \(error.reason)"))
      case .wait(let wait, let othersCome):
        return .later(Delay(wait: wait, hold: othersCome ? nil : error.reason))
      }
    }
  }

  /// Decodes a file.
  /// - Throws: `JSONError` for a rejection.
  func picture(_ bytes: [UInt8]) throws(JSONError) -> Picture {
    do throws(ImageError) { return try decoder.decode(bytes) } catch {
      let fault = "\(error)".prefix { $0 != ":" }
      throw JSONError("field \"image\": \(error)", kind: "field \"image\" holds no picture that is read: \(fault)")
    }
  }
}
