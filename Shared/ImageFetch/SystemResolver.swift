import Foundation
import NIOPosix

/// The system's own way from a name to addresses.
enum SystemResolver {
  /// Why a name stands for nothing.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The addresses of a host, in the order in which they should be tried.
  static func addresses(of host: String, port: Int) async throws -> [NetworkAddress] {
    // getaddrinfo blocks.
    try await NIOThreadPool.singleton.runIfActive { try look(up: host) }
  }

  private static func look(up host: String) throws -> [NetworkAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if os(Linux)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &first)
    guard code == 0 else { throw Failure(description: String(cString: gai_strerror(code))) }
    // The list is the caller's to free.
    defer { freeaddrinfo(first) }
    return sequence(first: first, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap(address)
  }

  private static func address(_ entry: UnsafeMutablePointer<addrinfo>?) -> NetworkAddress? {
    guard let entry = entry?.pointee, let socket = entry.ai_addr else { return nil }
    switch entry.ai_family {
    case AF_INET:
      return socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { four in
        NetworkAddress(bytes: withUnsafeBytes(of: four.pointee.sin_addr) { Array($0) })
      }
    case AF_INET6:
      return socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { sixteen in
        NetworkAddress(bytes: withUnsafeBytes(of: sixteen.pointee.sin6_addr) { Array($0) })
      }
    default: return nil
    }
  }
}
