import Foundation

/// An IP address, and what it is an address of.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
  /// Whom an address reaches.
  public enum Reach: String, Sendable {
    /// Anybody on the Internet.
    case global
    /// A network of somebody's own.
    case `private`
    /// This machine.
    case loopback = "loopback"
    /// Who is on the same wire; clouds' metadata services are there.
    case linkLocal = "link-local"
    /// Nobody, or many.
    case reserved
  }

  /// 4 or 16, in network order.
  public let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an address in its own form: four decimal numbers, or IPv6's; `nil` for any other, and for one with a zone.
  public init?(_ text: String) {
    var four = in_addr()
    var sixteen = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
      bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
    } else {
      return nil
    }
  }

  /// Its own form.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    return bytes.withUnsafeBytes { bytes in
      inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)).map { String(cString: $0) } ?? ""
    }
  }

  /// Whom it reaches (IANA's special-purpose registries). An IPv6 address that carries an IPv4 one reaches whom that one
  /// does.
  public var reach: Reach { bytes.count == 4 ? Self.reach(four: bytes) : Self.reach(sixteen: bytes) }

  private static func reach(four: [UInt8]) -> Reach {
    switch (four[0], four[1], four[2]) {
    case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .private
    case (127, _, _): .loopback
    case (169, 254, _): .linkLocal
    case (0, _, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100), (203, 0, 113),
      (224..., _, _):
      .reserved
    default: .global
    }
  }

  private static func reach(sixteen: [UInt8]) -> Reach {
    let words = stride(from: 0, to: 16, by: 2).map { UInt16(sixteen[$0]) << 8 | UInt16(sixteen[$0 + 1]) }
    if words == [0, 0, 0, 0, 0, 0, 0, 1] { return .loopback }
    if words.allSatisfy({ $0 == 0 }) { return .reserved }
    // ::ffff:0:0/96, ::/96, and NAT64's 64:ff9b::/96 end in an IPv4 address; 6to4's 2002::/16 begins with one.
    if words[..<5] == [0, 0, 0, 0, 0], [0, 0xFFFF].contains(words[5]) { return reach(four: Array(sixteen[12...])) }
    if words[..<6] == [0x64, 0xFF9B, 0, 0, 0, 0] { return reach(four: Array(sixteen[12...])) }
    if words[0] == 0x2002 { return reach(four: Array(sixteen[2..<6])) }
    switch words[0] {
    case 0xFE80...0xFEBF: return .linkLocal
    case 0xFC00...0xFDFF, 0xFEC0...0xFEFF: return .private
    case 0x64 where words[1] == 0xFF9B: return .private
    case 0x2001 where words[1] < 0x200 || words[1] == 0xDB8: return .reserved
    case 0x3FFF: return .reserved
    case 0x2000...0x3FFF: return .global
    default: return .reserved
    }
  }
}
