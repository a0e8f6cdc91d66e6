import AsyncHTTPClient
import Concurrency
import Foundation
import JSON
import LargeModelFlow
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL

/// Sends one request and reads its whole answer, within the limits of time and size.
struct HTTPExchange: Sendable {
  let connections: Connections
  let settings: ChatCompletionsSettings
  let clock: RelativeClock

  /// The answer's body.
  /// - Throws: `AttemptFailure`, or `CancellationError`.
  func post(_ body: [UInt8], to endpoint: URL) async throws -> [UInt8] {
    do {
      return try await clock.withTimeout(settings.timeouts.request) { try await exchange(body, endpoint) }
    } catch let failure as AttemptFailure {
      throw failure
    } catch {
      // Cancelled, the HTTP client throws an error of its own.
      try Task.checkCancellation()
      throw failure(error)
    }
  }

  private func exchange(_ body: [UInt8], _ endpoint: URL) async throws -> [UInt8] {
    var request = HTTPClientRequest(url: Self.address(endpoint))
    request.method = .POST
    request.headers = ["content-type": "application/json", "accept": "application/json"]
    for (name, value) in settings.secretFields { request.headers.replaceOrAdd(name: name, value: value) }
    request.body = .bytes(ByteBuffer(bytes: body))
    let response = try await connections.execute(
      request, to: endpoint, timeout: TimeAmount(settings.timeouts.request))
    let bytes = try await collect(response)
    guard (200...299).contains(response.status.code) else { throw failure(response, bytes) }
    try refuseEncoded(response)
    return bytes
  }

  /// Refuses what the HTTP client does not unpack.
  private func refuseEncoded(_ response: HTTPClientResponse) throws(AttemptFailure) {
    let encodings = response.headers[canonicalForm: "content-encoding"].map { $0.lowercased() }
    if let unknown = encodings.first(where: { !["", "identity", "gzip", "deflate"].contains($0) }) {
      throw .unreadable("its content-encoding is \(unknown.prefix(100)); only gzip and deflate are read")
    }
  }

  private func collect(_ response: HTTPClientResponse) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await part in response.body {
      guard bytes.count + part.readableBytes <= settings.maximumResponseBytes else {
        throw AttemptFailure.tooLarge(settings.maximumResponseBytes)
      }
      bytes.append(contentsOf: part.readableBytesView)
    }
    // A cancelled body just ends.
    try Task.checkCancellation()
    return bytes
  }

  private func failure(_ response: HTTPClientResponse, _ bytes: [UInt8]) -> AttemptFailure {
    let error = ServerError(bytes)
    let location = response.headers.first(name: "location").map { "it points to \($0.prefix(300))" }
    let message = [location, error.message].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "; ")
    return .status(
      Int(response.status.code),
      retryAfter: RetryAfter.asked(by: response.headers.map { ($0.name, $0.value) }, now: Date()),
      code: error.code, message: settings.redacted(message),
      shouldRetry: response.headers.first(name: "x-should-retry").flatMap { Bool($0.lowercased()) })
  }

  private func failure(_ error: any Error) -> AttemptFailure {
    switch error {
    case is DeadlineExceeded: .timedOut("no whole answer within \(settings.timeouts.request)")
    case let error as HTTPClientError: failure(error)
    case HTTPParserError.invalidEOFState: .connection("the answer ends in the middle")
    case NIOHTTPDecompression.DecompressionError.limit: .tooLarge(settings.maximumResponseBytes)
    case is NIOHTTPDecompression.DecompressionError: .unreadable("it cannot be unpacked: \(error)")
    case is NIOHTTPDecompression.ExtraDecompressionError: .connection("the packed answer is not whole: \(error)")
    case is NIOSSLError:
      .connection("\(error); a private certificate authority is named by SSL_CERT_FILE or SSL_CERT_DIR")
    default: .connection("\(error)")
    }
  }

  private func failure(_ error: HTTPClientError) -> AttemptFailure {
    switch error {
    case .readTimeout: .timedOut("no byte for \(settings.timeouts.silence)")
    case .deadlineExceeded: .timedOut("no answer within \(settings.timeouts.request)")
    case .connectTimeout: .timedOut("no connection within \(settings.timeouts.connect)")
    case .remoteConnectionClosed: .connection("the server closed it before the answer was whole")
    default: .connection("\(error)")
    }
  }

  /// The interface's address below a base address, which may be whole already.
  static func address(_ endpoint: URL) -> String {
    let path = "chat/completions"
    return endpoint.path.hasSuffix(path) ? endpoint.absoluteString : endpoint.appending(path: path).absoluteString
  }
}
