import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL

/// The HTTP clients of a server's endpoints: one for all that are reached by the same way.
struct Connections: Sendable {
  private let clients: [OutgoingNetwork.Proxy?: HTTPClient]
  private let network: OutgoingNetwork

  /// - Throws: `ChatCompletionsError` naming the variable whose certificates cannot be read.
  init(_ settings: ChatCompletionsSettings) throws(ChatCompletionsError) {
    network = settings.network
    var configuration = Self.configuration(settings)
    if settings.endpoints.contains(where: { $0.scheme == "https" }) {
      configuration.tlsConfiguration = try Self.tls(settings.network)
    }
    var clients: [OutgoingNetwork.Proxy?: HTTPClient] = [:]
    for endpoint in settings.endpoints {
      let proxy = settings.network.proxy(for: endpoint)
      guard clients[proxy] == nil else { continue }
      configuration.proxy = proxy.map(HTTPClient.Configuration.Proxy.init)
      clients[proxy] = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
    self.clients = clients
  }

  /// Sends a request to an endpoint.
  func execute(_ request: HTTPClientRequest, to endpoint: URL, timeout: TimeAmount) async throws -> HTTPClientResponse {
    guard let client = clients[network.proxy(for: endpoint)] else {
      throw ChatCompletionsError("endpoints: \(endpoint) is none of them")
    }
    return try await client.execute(request, timeout: timeout)
  }

  /// Closes all connections.
  func shutdown() async throws { for client in clients.values { try await client.shutdown() } }

  /// Closes all connections some time later; nobody hears of an error.
  func abandon() { for client in clients.values { client.shutdown(queue: .global()) { _ in } } }

  private static func configuration(_ settings: ChatCompletionsSettings) -> HTTPClient.Configuration {
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

  private static func tls(_ network: OutgoingNetwork) throws(ChatCompletionsError) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if let file = network.certificateFile {
      configuration.trustRoots = .certificates(try certificates(of: file))
    }
    for folder in network.certificateFolders {
      configuration.additionalTrustRoots.append(.certificates(try certificates(in: folder)))
    }
    return configuration
  }

  private static func certificates(of file: String) throws(ChatCompletionsError) -> [NIOSSLCertificate] {
    do {
      return try NIOSSLCertificate.fromPEMFile(file)
    } catch {
      throw ChatCompletionsError("SSL_CERT_FILE: \(file) cannot be read as certificates in PEM format: \(error)")
    }
  }

  private static func certificates(in folder: String) throws(ChatCompletionsError) -> [NIOSSLCertificate] {
    var found: Set<NIOSSLCertificate> = []
    do {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
        do { found.formUnion(try NIOSSLCertificate.fromPEMFile("\(folder)/\(name)")) } catch {
          // Such folders hold other files, too; only one without any certificate is a mistake.
        }
      }
    } catch {
      throw ChatCompletionsError("SSL_CERT_DIR: \(folder) cannot be read: \(error.localizedDescription)")
    }
    guard !found.isEmpty else {
      throw ChatCompletionsError("SSL_CERT_DIR: \(folder) has no file with a certificate in PEM format")
    }
    return Array(found)
  }
}

extension HTTPClient.Configuration.Proxy {
  fileprivate init(_ proxy: OutgoingNetwork.Proxy) {
    self =
      switch proxy.kind {
      case .socks: .socksServer(host: proxy.host, port: proxy.port)
      case .http:
        .server(
          host: proxy.host, port: proxy.port,
          authorization: proxy.login.map { .basic(username: $0.name, password: $0.password) })
      }
  }
}
