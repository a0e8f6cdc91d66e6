import Foundation

/// How requests leave this machine: the proxies and certificate authorities that the environment names, as curl and Go's
/// clients read them.
public struct OutgoingNetwork: Sendable, Equatable {
  /// What stands between this machine and the server.
  struct Proxy: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case http, socks }

    let kind: Kind
    let host: String
    let port: Int
    let login: Login?

    /// For messages.
    var address: String { "\(host):\(port)" }
  }

  /// A proxy's name and password. They never show in a description, a log line or a mirror.
  struct Login: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let name: String
    let password: String

    var description: String { "(redacted)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
  }

  /// `SSL_CERT_FILE`: the certificate authorities in place of the machine's.
  let certificateFile: String?
  /// `SSL_CERT_DIR`: folders with further ones.
  let certificateFolders: [String]
  private let proxies: [String: Proxy]
  private let exceptions: [ProxyException]

  /// No proxy, and the machine's certificate authorities.
  public static let direct = OutgoingNetwork(proxies: [:], exceptions: [])

  private init(proxies: [String: Proxy], exceptions: [ProxyException]) {
    (self.proxies, self.exceptions, certificateFile, certificateFolders) = (proxies, exceptions, nil, [])
  }

  /// Reads `HTTPS_PROXY`, `https_proxy`, `http_proxy` (in small letters alone: a CGI program's `HTTP_PROXY` is a
  /// stranger's header), `ALL_PROXY`, `all_proxy`, `NO_PROXY`, `no_proxy`, `SSL_CERT_FILE` and `SSL_CERT_DIR`.
  /// - Throws: `ChatCompletionsError` naming the variable whose value is none.
  public init(environment: [String: String]) throws(ChatCompletionsError) {
    func first(_ names: [String]) -> (name: String, value: String)? {
      for name in names {
        if let value = environment[name]?.trimmingCharacters(in: .whitespaces), !value.isEmpty { return (name, value) }
      }
      return nil
    }
    var proxies: [String: Proxy] = [:]
    let all = ["all_proxy", "ALL_PROXY"]
    for (scheme, names) in [("https", ["https_proxy", "HTTPS_PROXY"] + all), ("http", ["http_proxy"] + all)] {
      if let (name, value) = first(names) { proxies[scheme] = try Proxy(value, of: name) }
    }
    self.proxies = proxies
    exceptions = (first(["no_proxy", "NO_PROXY"])?.value ?? "").split { $0 == "," || $0.isWhitespace }
      .map { ProxyException(String($0)) }
    certificateFile = first(["SSL_CERT_FILE"])?.value
    certificateFolders = first(["SSL_CERT_DIR"])?.value.split(separator: ":").map(String.init) ?? []
  }

  /// The proxy of an address; `nil` where it is reached directly.
  func proxy(for url: URL) -> Proxy? {
    guard let proxy = proxies[url.scheme ?? ""], let host = url.host else { return nil }
    let port = url.port ?? (url.scheme == "https" ? 443 : 80)
    return exceptions.contains { $0.covers(host: host, port: port) } ? nil : proxy
  }
}

extension OutgoingNetwork.Proxy {
  /// `http://name:password@host:port`, `socks5://host:port`, or `host:port` alone.
  fileprivate init(_ text: String, of variable: String) throws(ChatCompletionsError) {
    let whole = text.contains("://") ? text : "http://\(text)"
    guard let url = URLComponents(string: whole), let scheme = url.scheme?.lowercased(), let host = url.host,
      !host.isEmpty
    else { throw ChatCompletionsError("\(variable) is no proxy's address; it must be such as http://host:3128") }
    switch scheme {
    case "http": (kind, port) = (.http, url.port ?? 80)
    case "socks5", "socks5h", "socks":
      guard url.user == nil else {
        throw ChatCompletionsError(
          "\(variable): a SOCKS proxy with name and password is not supported; use an HTTP one")
      }
      (kind, port) = (.socks, url.port ?? 1080)
    default:
      throw ChatCompletionsError("\(variable): a proxy by \(scheme) is not supported; use http:// or socks5://")
    }
    self.host = host.trimmingCharacters(in: ["[", "]"])
    login = url.user.map { OutgoingNetwork.Login(name: $0, password: url.password ?? "") }
  }
}

/// An entry of `NO_PROXY`: `*`, a host with all below it, an address, a range of addresses; each with a port or not.
struct ProxyException: Sendable, Equatable {
  private enum Pattern: Equatable {
    case all
    case host(String)
    case addresses([UInt8], bits: Int)
  }

  private let pattern: Pattern
  private let port: Int?

  init(_ entry: String) {
    var text = entry.lowercased()
    var port: Int?
    // The last colon stands before a port unless there are several, as in an address of version 6 without brackets.
    if let colon = text.lastIndex(of: ":"),
      text.hasPrefix("[") ? text[..<colon].hasSuffix("]") : text.firstIndex(of: ":") == colon,
      let number = Int(text[text.index(after: colon)...])
    {
      port = number
      text = String(text[..<colon])
    }
    text = text.trimmingCharacters(in: ["[", "]"])
    self.port = port
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if text == "*" {
      pattern = .all
    } else if parts.count <= 2, let bytes = NumericAddress.bytes(String(parts[0])) {
      pattern = .addresses(bytes, bits: parts.count == 2 ? Int(parts[1]) ?? .max : bytes.count * 8)
    } else {
      pattern = .host(text.trimmingCharacters(in: ["*", "."]))
    }
  }

  /// Whether a host at a port is reached directly.
  func covers(host: String, port: Int) -> Bool {
    guard self.port == nil || self.port == port else { return false }
    let host = host.lowercased().trimmingCharacters(in: ["[", "]", "."])
    switch pattern {
    case .all: return true
    case .host(let suffix): return !suffix.isEmpty && (host == suffix || host.hasSuffix(".\(suffix)"))
    case .addresses(let bytes, let bits):
      guard let address = NumericAddress.bytes(host), address.count == bytes.count,
        (0...bytes.count * 8).contains(bits)
      else {
        return false
      }
      return (0..<bits).allSatisfy { (address[$0 / 8] ^ bytes[$0 / 8]) & (0x80 >> UInt8($0 % 8)) == 0 }
    }
  }
}

/// Addresses in numbers.
enum NumericAddress {
  /// 4 or 16 bytes; `nil` where the text is no address, such as a host's name.
  static func bytes(_ text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }

  /// Whether a host is this machine by its name or address alone.
  static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased().trimmingCharacters(in: ["[", "]", "."])
    if host == "localhost" || host.hasSuffix(".localhost") { return true }
    guard let bytes = bytes(host) else { return false }
    return bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
  }
}
