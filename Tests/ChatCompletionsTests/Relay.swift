import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on loopback that hands what it hears on to another one: as it is, out of TLS, or as an HTTP proxy.
struct Relay: Sendable {
  /// What stands between the client and the server.
  enum Kind: Sendable {
    case plain
    /// Speaks TLS with the client.
    case tls(NIOSSLContext)
    /// Answers `CONNECT`, whatever host it names.
    case proxy
  }

  private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Where it listens.
  let port: Int
  private let bytes: @Sendable () -> [UInt8]

  /// What it heard from clients, TLS taken off.
  var heard: String { String(decoding: bytes(), as: UTF8.self) }

  /// Starts a relay to a port, hands it to `body`, and stops it.
  static func run<Value: Sendable>(
    _ kind: Kind, to target: Int, _ body: @escaping @Sendable (Relay) async throws -> Value
  ) async throws -> Value {
    let record = Record()
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          if case .tls(let context) = kind {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          }
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    let relay = Relay(port: server.channel.localAddress?.port ?? 0) { record.bytes }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try await server.executeThenClose { connections in
          try await withThrowingDiscardingTaskGroup { group in
            for try await connection in connections {
              group.addTask { await serve(connection, kind, target, record) }
            }
          }
        }
        return nil
      }
      group.addTask { try await body(relay) }
      defer { group.cancelAll() }
      while let value = try await group.next() { if let value { return value } }
      throw CancellationError()
    }
  }

  private final class Record: Sendable {
    private let state = Mutex([UInt8]())
    var bytes: [UInt8] { state.withLock { $0 } }
    func add(_ buffer: ByteBuffer) { state.withLock { $0 += buffer.readableBytesView } }
  }

  private static func serve(_ connection: Connection, _ kind: Kind, _ target: Int, _ record: Record) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        var iterator = inbound.makeAsyncIterator()
        if case .proxy = kind {
          var head = ""
          while !head.contains("\r\n\r\n"), let part = try await iterator.next() {
            record.add(part)
            head += String(buffer: part)
          }
          try await outbound.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"))
        }
        let upstream = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
          .connect(host: "127.0.0.1", port: target) { channel in
            channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
          }
        try await upstream.executeThenClose { answers, questions in
          try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await part in answers { try await outbound.write(part) } }
            while let part = try await iterator.next() {
              record.add(part)
              try await questions.write(part)
            }
            group.cancelAll()
          }
        }
      }
    } catch {
      // A connection that breaks, or that a client does not trust, is the client's to tell.
    }
  }
}
