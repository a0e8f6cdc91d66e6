import AsyncHTTPClient
import Concurrency
import LargeModelFlow
import NIOCore
import NIOSSL

/// The way to one host: the IP address that its name stands for, checked, with an HTTP client that connects to that one and
/// no other; and whether the host is worth asking.
actor HostConnection {
  /// Brings the addresses that a name stands for.
  typealias Resolver = @Sendable (_ host: String, _ port: Int) async throws -> [NetworkAddress]

  /// An HTTP client that reaches a checked address only.
  final class Client: Sendable {
    let address: NetworkAddress
    let http: HTTPClient

    fileprivate init(_ address: NetworkAddress, _ configuration: HTTPClient.Configuration) {
      self.address = address
      http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    // The last who uses it lets it go; its connections close some time later, and nobody hears of an error.
    deinit { http.shutdown(queue: .global()) { _ in } }
  }

  private let place: ImageAddress
  private let settings: ImageSettings
  private let tls: TLSConfiguration
  private let resolve: Resolver
  private let clock: RelativeClock
  private let flight = SingleFlight<Int, [NetworkAddress]>()
  private var client: Client?
  private var checkedUntil = Duration.zero
  /// Addresses that no connection could be made to.
  private var unreachable: Set<NetworkAddress> = []
  private var circuit = CircuitBreaker(CircuitBreaker.Settings(window: 10, minimum: 5, failureShare: 0.8, pause: pause))

  /// So long a name's addresses are taken as they were.
  private static let checkedFor = Duration.seconds(10)
  /// How long a host that fails is left alone.
  static let pause = Duration.seconds(5)

  /// - Parameter place: any address at the host.
  init(
    _ place: ImageAddress, _ settings: ImageSettings, _ tls: TLSConfiguration, resolve: @escaping Resolver,
    clock: RelativeClock
  ) {
    (self.place, self.settings, self.tls, self.resolve, self.clock) = (place, settings, tls, resolve, clock)
  }

  /// Leave to ask, to be handed back with the outcome.
  /// - Throws: `ImageFetchError` while the host is left alone.
  func admit() throws(ImageFetchError) -> CircuitBreaker.Permit {
    if let permit = circuit.admit(at: clock.now) { return permit }
    throw ImageFetchError(
      .world, .server, "\(place.host) failed again and again, and is left alone for a while", at: place.text,
      retryAfter: circuit.wait(at: clock.now) ?? Self.pause)
  }

  /// Takes an outcome.
  func record(_ outcome: CircuitBreaker.Outcome, for permit: CircuitBreaker.Permit) {
    circuit.record(outcome, for: permit, at: clock.now)
  }

  /// A client that connects to an address that was checked.
  /// - Throws: `ImageFetchError` where the name stands for no address, or for none that may be asked.
  func checkedClient() async throws -> Client {
    if let client, clock.now < checkedUntil { return client }
    let found = try await addresses()
    // Another one who asked meanwhile may have made it.
    if let client, clock.now < checkedUntil { return client }
    let allowed = found.filter { settings.allowed.admits($0, of: place.host) }
    guard !allowed.isEmpty else { throw refusal(found) }
    unreachable.formIntersection(allowed)
    if unreachable.count == allowed.count { unreachable = [] }
    checkedUntil = clock.now + Self.checkedFor
    if let client, allowed.contains(client.address), !unreachable.contains(client.address) { return client }
    guard let address = allowed.first(where: { !unreachable.contains($0) }) else { throw refusal(found) }
    let client = Client(address, configuration(address))
    self.client = client
    return client
  }

  /// Notes that no connection could be made: the next client takes another address, where there is one.
  func isUnreachable(_ failed: Client) {
    guard client === failed else { return }
    unreachable.insert(failed.address)
    checkedUntil = .zero
  }

  private func addresses() async throws -> [NetworkAddress] {
    if let address = NetworkAddress(place.host) { return [address] }
    let (resolve, place) = (resolve, place)
    do {
      return try await flight.value(for: 0) { try await resolve(place.host, place.port) }.value
    } catch {
      try Task.checkCancellation()
      throw ImageFetchError(.world, .connection, "\(place.host) is not found: \(error)", at: place.text)
    }
  }

  private func refusal(_ found: [NetworkAddress]) -> ImageFetchError {
    guard let first = found.first else {
      return ImageFetchError(.world, .connection, "\(place.host) stands for no IP address", at: place.text)
    }
    return ImageFetchError(
      .world, .connection,
      "\(place.host) stands for \(first), a \(first.reach.rawValue) address; name the host in images.private_hosts if "
        + "that is meant", at: place.text)
  }

  private func configuration(_ address: NetworkAddress) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    // Each hop is held against the settings first.
    configuration.redirectConfiguration = .disallow
    configuration.timeout = HTTPClient.Configuration.Timeout(
      connect: .nanoseconds(Int64(settings.timeout / .nanoseconds(1)) / 2))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.concurrency
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    guard NetworkAddress(place.host) == nil else { return configuration }
    configuration.dnsOverride = [place.host: address.description]
    if place.scheme == .https {
      let name = HostName(text: place.host)
      configuration.http1_1ConnectionDebugInitializer = { name.check($0) }
    }
    return configuration
  }
}
