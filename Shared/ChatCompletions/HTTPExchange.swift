import AsyncHTTPClient
import Foundation
import JSON
import LargeModelFlow
import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Sends one request and reads its whole answer, within the limits of time and size.
struct HTTPExchange: Sendable {
  let http: HTTPClient
  let settings: ChatCompletionsSettings
  let clock: RelativeClock

  /// The limits of connections and silence that a client is made with.
  static func configuration(_ settings: ChatCompletionsSettings) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    // A redirect could carry the key to a stranger.
    configuration.redirectConfiguration = .disallow
    configuration.timeout = HTTPClient.Configuration.Timeout(
      connect: TimeAmount(settings.timeouts.connect), read: TimeAmount(settings.timeouts.silence))
    // The default of 8 would silently be the concurrency.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.concurrency
    // Some gateways compress whoever asks. The limit keeps a small body from becoming a large one.
    configuration.decompression = .enabled(limit: .size(settings.maximumResponseBytes))
    // Retries are ours to count, and to send to another endpoint.
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

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
    if let key = settings.apiKey { request.headers.add(name: "authorization", value: "Bearer \(key.value)") }
    request.body = .bytes(ByteBuffer(bytes: body))
    let response = try await http.execute(request, timeout: TimeAmount(settings.timeouts.request))
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
      code: error.code, message: settings.apiKey?.redacted(from: message) ?? message,
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
