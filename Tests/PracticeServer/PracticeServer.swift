import Foundation
import HTTPTypes
import Hummingbird
import LargeModelServer
import Logging
import NIOCore

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A real HTTP server on loopback with the chat-completions interface, and with faults to order.
public struct PracticeServer: Sendable {
  /// What stands behind the server.
  public typealias Model = @Sendable (ChatQuestion) async -> ChatAnswer

  /// The base address, for a client's settings.
  public let endpoint: URL
  /// What it has seen.
  public let ledger: ServerLedger

  /// How a server behaves.
  public struct Settings: Sendable {
    /// Which requests meet which fault.
    public var faults = FaultPlan.none
    /// The fault that a question meets by its own, whatever the plan says.
    public var poison: @Sendable (ChatQuestion) -> Fault? = { _ in nil }
    /// What a request waits for before it is answered; gets its number in the order of arrival.
    public var delay: @Sendable (Int) async throws -> Void = { _ in }
    /// The API key to ask for.
    public var key: String?

    /// A server without faults.
    public init(faults: FaultPlan = .none) { self.faults = faults }

    /// Every request takes so long.
    public mutating func setLatency(_ latency: Duration) { delay = { _ in try await Task.sleep(for: latency) } }
  }

  /// Starts a server on a free port, hands it to `body`, and stops it.
  public static func run<Value: Sendable>(
    _ settings: Settings = Settings(), model: @escaping Model,
    _ body: @escaping @Sendable (PracticeServer) async throws -> Value
  ) async throws -> Value {
    let ledger = ServerLedger()
    let (ports, source) = AsyncStream<Int>.makeStream()
    let router = Router()
    let handler = PracticeHandler(settings: settings, model: model, ledger: ledger)
    router.post("v1/chat/completions") { request, _ in try await handler.respond(to: request) }
    var logger = Logger(label: "practice")
    logger.logLevel = .critical
    let application = Application(
      router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { source.yield($0.localAddress?.port ?? 0) }, logger: logger)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        defer { source.finish() }
        try await application.run()
        return nil
      }
      group.addTask {
        for await port in ports {
          guard let endpoint = URL(string: "http://127.0.0.1:\(port)/v1") else { break }
          let value = try await body(PracticeServer(endpoint: endpoint, ledger: ledger))
          // A connection that NIO accepts while the server closes traps there. Connections are accepted in order: once
          // this one is answered, all of the body's are accepted, too.
          _ = try await URLSession.shared.data(from: endpoint)
          return value
        }
        return nil
      }
      defer { group.cancelAll() }
      guard let value = try await group.next().flatMap({ $0 }) else { throw PracticeServerError() }
      return value
    }
  }

  /// A model that gives the candidate that the text names 0.9.
  public static let namesake: Model = { question in
    let others = question.candidates.filter { !question.text.contains($0) }
    var distribution = Dictionary(uniqueKeysWithValues: others.map { ($0, 0.1 / Double(max(1, others.count))) })
    for label in question.candidates where question.text.contains(label) { distribution[label] = 0.9 }
    return .distribution(distribution)
  }

  /// A model that gives recorded answers by text, and refuses where there is none.
  public static func recorded(_ answers: [String: String]) -> Model {
    { question in answers[question.text].map { .label($0) } ?? .refusal("no answer is recorded") }
  }
}

/// The server ended before its user did.
public struct PracticeServerError: Error {}
