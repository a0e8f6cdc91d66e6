import Foundation

/// The sockets on which this process listens.
enum ListeningSockets {
  /// Those on these ports.
  static func descriptors(ports: Set<UInt16>) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").compactMap(Int32.init).filter { descriptor in
      (option(SO_ACCEPTCONN, SOL_SOCKET, of: descriptor) ?? 0) != 0 && port(of: descriptor).map(ports.contains) == true
    }
  }

  /// Lets each connection that a socket accepts send small packets at once (`TCP_NODELAY`, which Linux hands down from
  /// the socket that listens). Without it an answer waits for the acknowledgement of the one before, up to 40 ms.
  static func disableDelay(_ descriptor: Int32) throws {
    var on: Int32 = 1
    let code = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    if code != 0 { throw KafkaError(code: "_FAIL", message: "TCP_NODELAY: \(String(cString: strerror(errno)))") }
  }

  /// A whole number among a socket's options; `nil` where the descriptor is no socket.
  static func option(_ name: Int32, _ level: Int32, of descriptor: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, level, name, &value, &size) == 0 ? value : nil
  }

  private static func port(of descriptor: Int32) -> UInt16? {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    return code == 0 && address.sin_family == sa_family_t(AF_INET) ? UInt16(bigEndian: address.sin_port) : nil
  }
}
