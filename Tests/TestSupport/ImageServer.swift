import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP server on loopback that answers each path with the bytes that it is given, whatever they are.
public struct ImageServer: Sendable {
  /// What is written after a request, part by part.
  public struct Reply: Sendable {
    /// One after the other.
    public var parts: [[UInt8]]
    /// Before each part but the first.
    public var pause: Duration

    /// Parts of a reply, written as they are; where there are several the connection ends with them.
    public init(parts: [String], pause: Duration = .zero) {
      (self.parts, self.pause) = (parts.map { Array($0.utf8) }, pause)
    }

    /// A whole reply with a text.
    public static func status(_ status: Int, _ body: String = "", _ fields: String...) -> Reply {
      Reply(status, Array(body.utf8), fields)
    }

    /// A whole reply with a file.
    public static func file(_ bytes: [UInt8]) -> Reply { Reply(200, bytes, []) }

    /// A redirect.
    public static func redirect(_ location: String, status: Int = 302) -> Reply {
      .status(status, "", "Location: \(location)")
    }

    private init(_ status: Int, _ body: [UInt8], _ fields: [String]) {
      let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.count)"] + fields
      parts = [Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body]
      pause = .zero
    }
  }

  private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Where it listens.
  public let port: Int
  private let paths: @Sendable () -> [String]

  /// What was asked for, in order.
  public var asked: [String] { paths() }
  /// Its address without a path.
  public var origin: String { "http://127.0.0.1:\(port)" }

  private final class Record: Sendable {
    let paths = Mutex<[String]>([])
  }

  /// Starts a server, hands it to `body`, and stops it.
  /// - Parameter reply: by the path, and by how often any was asked for before.
  public static func run(
    tls: NIOSSLContext? = nil, _ reply: @escaping @Sendable (_ path: String, _ number: Int) -> Reply,
    _ body: @escaping @Sendable (ImageServer) async throws -> Void
  ) async throws {
    let record = Record()
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    let server = ImageServer(port: listener.channel.localAddress?.port ?? 0) { record.paths.withLock { $0 } }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await listener.executeThenClose { connections in
          try await withThrowingDiscardingTaskGroup { group in
            for try await connection in connections { group.addTask { await serve(connection, reply, record) } }
          }
        }
        return false
      }
      group.addTask {
        try await body(server)
        // It accepts nothing more before it is cancelled: NIO traps where an accepted connection is given to nobody.
        listener.channel.close(promise: nil)
        try await listener.channel.closeFuture.get()
        return true
      }
      defer { group.cancelAll() }
      while let isDone = try await group.next() { if isDone { return } }
    }
  }

  private static func serve(
    _ connection: Connection, _ reply: @Sendable (String, Int) -> Reply, _ record: Record
  ) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        var heard = ""
        for try await part in inbound {
          heard += String(buffer: part)
          guard heard.hasSuffix("\r\n\r\n") else { continue }
          let path = String(heard.split(separator: " ")[1])
          heard = ""
          let number = record.paths.withLock { paths in
            paths.append(path)
            return paths.count - 1
          }
          let reply = reply(path, number)
          for (index, part) in reply.parts.enumerated() {
            if index > 0, reply.pause > .zero { try await Task.sleep(for: reply.pause) }
            try await outbound.write(ByteBuffer(bytes: part))
          }
          // A reply in parts ends with the connection.
          if reply.parts.count > 1 { return }
        }
      }
    } catch {
      // The client has gone, which is what some of the tests are about.
    }
  }
}
