import AsyncHTTPClient
import Concurrency
import Crypto
import Foundation
import LargeModelFlow
import NIOCore
import NIOPosix
import NIOSSL
import Settings
import Synchronization

/// An image that was fetched.
public struct FetchedImage: Sendable, Equatable {
  /// The file.
  public let bytes: [UInt8]
  /// Its SHA-256, in hexadecimal.
  public let sha256: String
}

/// Fetches images by reference from where the settings allow it, and from nowhere else. For router, large-model worker
/// and distiller.
///
/// Every hop of a redirect is held against the prefixes anew, and every connection goes to an IP address that was checked.
/// So many fetches are under way at once as the settings say; size and time of each are bounded.
public final class ImageFetcher: Sendable {
  private struct Host: Hashable {
    let scheme: ImageAddress.Scheme
    let host: String
    let port: Int
  }

  private let settings: ImageSettings
  private let tls: TLSConfiguration
  private let resolve: HostConnection.Resolver
  private let clock: RelativeClock
  private let permits: Concurrency.Semaphore
  private let hosts = Mutex<[Host: HostConnection]>([:])

  /// Redirects that are followed.
  private static let mostHops = 5

  /// A fetcher with no connection yet.
  public convenience init(_ settings: ImageSettings) { self.init(settings, resolve: SystemResolver.addresses) }

  init(_ settings: ImageSettings, resolve: @escaping HostConnection.Resolver, clock: RelativeClock = RelativeClock()) {
    (self.settings, self.resolve, self.clock) = (settings, resolve, clock)
    permits = Concurrency.Semaphore(settings.concurrency)
    var tls = TLSConfiguration.makeClientConfiguration()
    if !settings.authorities.isEmpty { tls.additionalTrustRoots = [.certificates(settings.authorities)] }
    self.tls = tls
  }

  /// As `fetch`, with the failure as a value.
  /// - Throws: `CancellationError`.
  public func result(_ url: String, sha256: String?) async throws -> Result<FetchedImage, ImageFetchError> {
    do { return .success(try await fetch(url, sha256: sha256)) } catch let error as ImageFetchError {
      return .failure(error)
    }
  }

  /// Fetches an image.
  /// - Parameter expected: the SHA-256 that it must have, in hexadecimal; `nil` for any.
  /// - Throws: `ImageFetchError`; `CancellationError`.
  public func fetch(_ url: String, sha256 expected: String? = nil) async throws -> FetchedImage {
    let address = try allowed(url)
    let bytes = try await permits.withPermit { try await self.bytes(of: address) }
    let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    guard expected == nil || expected == digest else {
      throw ImageFetchError(.image, .changed, "it is not the one that it was: its SHA-256 differs", at: address.text)
    }
    return FetchedImage(bytes: bytes, sha256: digest)
  }

  private func allowed(_ url: String) throws(ImageFetchError) -> ImageAddress {
    let address: ImageAddress
    do throws(ImageAddressError) { address = try ImageAddress(url) } catch {
      throw ImageFetchError(.image, .address, "the address is refused: \(error)", at: url)
    }
    guard settings.allowed.admits(address) else {
      throw ImageFetchError(.image, .notAllowed, "images.allowed has no prefix of its address", at: address.text)
    }
    return address
  }

  private func bytes(of address: ImageAddress) async throws -> [UInt8] {
    if address.scheme == .file {
      let settings = settings
      return try await NIOThreadPool.singleton.runIfActive {
        try ImageFile.read(address, allowed: settings.allowed, maximumBytes: settings.maximumBytes)
      }
    }
    let connection = connection(to: address)
    let permit = try await connection.admit()
    do {
      let bytes = try await clock.withTimeout(settings.timeout) { try await self.follow(address) }
      await connection.record(.success, for: permit)
      return bytes
    } catch {
      let failure = Task.isCancelled ? nil : Self.failure(error, address, settings)
      await connection.record(failure?.outcome ?? .none, for: permit)
      throw failure ?? CancellationError()
    }
  }

  private func follow(_ start: ImageAddress) async throws -> [UInt8] {
    var address = start
    for _ in 0...Self.mostHops {
      switch try await ask(address) {
      case .image(let bytes): return bytes
      case .elsewhere(let location): address = try hop(from: address, to: location)
      }
    }
    throw ImageFetchError(
      .image, .missing, "its server redirects more than \(Self.mostHops) times", at: start.text)
  }

  private func hop(from address: ImageAddress, to location: String) throws(ImageFetchError) -> ImageAddress {
    let next: ImageAddress
    do throws(ImageAddressError) { next = try address.hop(to: location) } catch {
      throw ImageFetchError(
        .image, .address, "its server redirects to an address that is refused: \(error)", at: address.text)
    }
    guard next.scheme != .file, settings.allowed.admits(next) else {
      throw ImageFetchError(
        .image, .notAllowed, "its server redirects to where images.allowed has no prefix", at: address.text)
    }
    return next
  }

  private enum Reply {
    case image([UInt8])
    case elsewhere(String)
  }

  private func ask(_ address: ImageAddress) async throws -> Reply {
    let connection = connection(to: address)
    let client = try await connection.checkedClient()
    var request = HTTPClientRequest(url: address.text)
    request.headers = [
      "accept": "image/png, image/jpeg, image/webp", "accept-encoding": "identity", "user-agent": "data-shunt",
    ]
    let response: HTTPClientResponse
    do {
      response = try await client.http.execute(
        request, timeout: .nanoseconds(Int64(settings.timeout / .nanoseconds(1))))
    } catch {
      try Task.checkCancellation()
      await connection.isUnreachable(client)
      throw error
    }
    let status = Int(response.status.code)
    switch status {
    case 200, 203: return .image(try await body(of: response, address))
    case 301, 302, 303, 307, 308:
      guard let location = response.headers.first(name: "location") else { fallthrough }
      return .elsewhere(location)
    default:
      throw ImageFetchError.status(
        status, at: address,
        retryAfter: RetryAfter.asked(by: response.headers.map { ($0.name, $0.value) }, now: Date()))
    }
  }

  private func body(of response: HTTPClientResponse, _ address: ImageAddress) async throws -> [UInt8] {
    if let encoding = response.headers.first(name: "content-encoding"), encoding.lowercased() != "identity" {
      throw ImageFetchError(.image, .missing, "its server packs it, though it was asked not to", at: address.text)
    }
    let announced = response.headers.first(name: "content-length").flatMap(Int.init)
    guard announced ?? 0 <= settings.maximumBytes else {
      throw ImageFetchError.tooLarge(settings.maximumBytes, at: address)
    }
    var bytes: [UInt8] = []
    for try await part in response.body {
      guard bytes.count + part.readableBytes <= settings.maximumBytes else {
        throw ImageFetchError.tooLarge(settings.maximumBytes, at: address)
      }
      bytes.append(contentsOf: part.readableBytesView)
    }
    // A cancelled body just ends.
    try Task.checkCancellation()
    return bytes
  }

  private func connection(to address: ImageAddress) -> HostConnection {
    let host = Host(scheme: address.scheme, host: address.host, port: address.port)
    return hosts.withLock { hosts in
      if let known = hosts[host] { return known }
      let new = HostConnection(address, settings, tls, resolve: resolve, clock: clock)
      hosts[host] = new
      return new
    }
  }

  private static func failure(
    _ error: any Error, _ address: ImageAddress, _ settings: ImageSettings
  ) -> ImageFetchError {
    if let error = error as? ImageFetchError { return error }
    let (host, code) = (address.host, error as? HTTPClientError)
    let isLate = error is DeadlineExceeded || code == .readTimeout || code == .deadlineExceeded
    let (blame, cause, reason): (ImageFetchError.Blame, ImageFetchError.Cause, String) =
      if isLate {
        (.likelyWorld, .server, "\(host) takes longer than images.timeout, \(settings.timeout.settingText)")
      } else if code == .connectTimeout {
        (.world, .connection, "\(host) accepts no connection in time")
      } else if error is NIOSSLError || error is NIOSSLExtraError || error is HostName.Unproved {
        (.world, .connection, "\(host) cannot be reached by TLS: \(error); see images.authorities")
      } else if error is NIOConnectionError || error is IOError {
        (.world, .connection, "\(host) cannot be reached: \(error)")
      } else {
        (.likelyWorld, .server, "the connection to \(host) breaks: \(error)")
      }
    return ImageFetchError(blame, cause, reason, at: address.text)
  }
}

extension ImageFetchError {
  static func tooLarge(_ maximum: Int, at address: ImageAddress) -> ImageFetchError {
    ImageFetchError(.image, .tooLarge, "its file is longer than images.maximum_bytes, \(maximum)", at: address.text)
  }

  /// What it says of its host.
  fileprivate var outcome: CircuitBreaker.Outcome {
    switch blame {
    case .image: .success
    case .unclear: .none
    case .likelyWorld, .world: .failure
    }
  }
}
