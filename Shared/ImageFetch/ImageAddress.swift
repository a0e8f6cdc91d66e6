import Foundation

/// An image's address, read and put into one form, so that what is compared with a prefix is what is fetched.
///
/// Refused is what servers read in more than one way: users, encoded slashes and dots that only a second decoding shows,
/// backslashes, hosts that are numbers in another form than an IP address's own.
public struct ImageAddress: Sendable, Hashable {
  /// How it is fetched.
  public enum Scheme: String, Sendable {
    case https, http, file

    var defaultPort: Int {
      switch self {
      case .https: 443
      case .http: 80
      case .file: 0
      }
    }
  }

  /// How it is fetched.
  public let scheme: Scheme
  /// In lower case, without brackets and without a dot at its end; empty for a file.
  public let host: String
  /// 0 for a file.
  public let port: Int
  /// The path between its slashes, decoded, without `.` and `..`; the last one is empty where the path ends with a slash.
  public let segments: [String]
  /// What follows the question mark, as it came.
  public let query: String?

  /// Reads an address. A fragment is left out: it is never sent.
  /// - Throws: `ImageAddressError` with what is wrong with it.
  public init(_ text: String) throws(ImageAddressError) {
    guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !text.utf8.contains(UInt8(ascii: "\\")) else {
      throw ImageAddressError("it holds characters that no address may hold; percent-encode them")
    }
    let whole = text.prefix { $0 != "#" }
    guard let colon = whole.firstIndex(of: ":"), let scheme = Scheme(rawValue: whole[..<colon].lowercased()) else {
      throw ImageAddressError("its scheme is none of https and file")
    }
    let rest = whole[whole.index(after: colon)...]
    guard rest.hasPrefix("//") else { throw ImageAddressError("after its scheme come no two slashes") }
    let authority = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
    let tail = rest.dropFirst(2 + authority.count)
    let path = tail.prefix { $0 != "?" }
    self.scheme = scheme
    (host, port) = try Self.place(String(authority), scheme)
    segments = try Self.segments(String(path))
    query = tail.count > path.count ? String(tail.dropFirst(path.count + 1)) : nil
    if scheme == .file, query != nil { throw ImageAddressError("a file's address has no query") }
  }

  /// Host and port of what stands between the slashes.
  private static func place(_ authority: String, _ scheme: Scheme) throws(ImageAddressError) -> (String, Int) {
    guard !authority.contains("@") else { throw ImageAddressError("it names a user") }
    if scheme == .file {
      guard ["", "localhost"].contains(authority.lowercased()) else {
        throw ImageAddressError("a file's address names no host")
      }
      return ("", 0)
    }
    let isBracketed = authority.hasPrefix("[")
    guard !isBracketed || authority.contains("]") else { throw ImageAddressError("its host is no IPv6 address") }
    let end =
      isBracketed ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
    let host = authority[..<(end ?? authority.endIndex)]
    let rest = authority[(end ?? authority.endIndex)...]
    guard let port = rest.isEmpty ? scheme.defaultPort : port(rest) else {
      throw ImageAddressError("its port is none")
    }
    return (try isBracketed ? addressHost(host.dropFirst().dropLast()) : namedHost(String(host)), port)
  }

  private static func port(_ text: Substring) -> Int? {
    guard text.first == ":", text.count <= 6, text.dropFirst().utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return nil
    }
    return Int(text.dropFirst()).flatMap { 1...65_535 ~= $0 ? $0 : nil }
  }

  private static func addressHost(_ text: Substring) throws(ImageAddressError) -> String {
    guard let address = NetworkAddress(String(text)), address.bytes.count == 16 else {
      throw ImageAddressError("its host is no IPv6 address")
    }
    return address.description
  }

  private static func namedHost(_ text: String) throws(ImageAddressError) -> String {
    var host = text.lowercased()
    if host.hasSuffix(".") { host.removeLast() }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    let isName =
      host.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.utf8.allSatisfy(isOfName)
      }
    guard isName, let last = labels.last else { throw ImageAddressError("its host is no name") }
    // Resolvers take 2130706433, 0x7f.1 and 0177.0.0.1 for addresses, too.
    if last.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) || last.hasPrefix("0x") {
      guard let address = NetworkAddress(host), address.description == host else {
        throw ImageAddressError("its host is a number in another form than an IP address's own, such as 192.0.2.1")
      }
    }
    return host
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func segments(_ path: String) throws(ImageAddressError) -> [String] {
    var segments: [String] = []
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      let segment = try decoded(part)
      let isLast = index == parts.count - 1
      switch segment {
      case ".": if isLast { segments.append("") }
      case "..":
        guard segments.popLast() != nil else { throw ImageAddressError("its path leads out of its root") }
        if isLast { segments.append("") }
      default: segments.append(segment)
      }
    }
    return segments
  }

  /// One segment, decoded once.
  private static func decoded(_ part: Substring) throws(ImageAddressError) -> String {
    guard let segment = part.removingPercentEncoding else {
      throw ImageAddressError("its path is not percent-encoded UTF-8")
    }
    // What a server that decodes again, or that cuts parameters off, would see.
    var seen = segment
    while true {
      guard !seen.unicodeScalars.contains(where: { $0.value < 0x20 || "/\\\u{7F}".unicodeScalars.contains($0) }) else {
        throw ImageAddressError("its path holds an encoded slash or control character")
      }
      if isDots(String(seen.prefix { $0 != ";" })), !isDots(segment) {
        throw ImageAddressError("its path hides dots")
      }
      guard let next = seen.removingPercentEncoding, next != seen else { return segment }
      seen = next
    }
  }

  private static func isDots(_ segment: String) -> Bool { segment == "." || segment == ".." }

  /// The address that a redirect names.
  /// - Parameter location: whole, or relative to this one.
  /// - Throws: `ImageAddressError` with what is wrong with it.
  func hop(to location: String) throws(ImageAddressError) -> ImageAddress {
    guard let base = URL(string: text), let url = URL(string: location, relativeTo: base) else {
      throw ImageAddressError("it is no address")
    }
    return try ImageAddress(url.absoluteString)
  }

  /// The path as the file system has it.
  var filePath: String { "/" + segments.joined(separator: "/") }

  /// The address in its one form, which is what is asked for.
  public var text: String {
    let path = segments.map { "/" + ($0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "") }.joined()
    let shownHost = host.contains(":") ? "[\(host)]" : host
    let shownPort = port == scheme.defaultPort ? "" : ":\(port)"
    return "\(scheme.rawValue)://\(shownHost)\(shownPort)\(path.isEmpty ? "/" : path)\(query.map { "?\($0)" } ?? "")"
  }

  /// Unreserved characters and those that paths may hold as they are (RFC 3986, 3.3).
  private static let plain = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@")
}

/// What is wrong with an address, as an ending of "the address is refused: ".
public struct ImageAddressError: Error, Sendable, Equatable, CustomStringConvertible {
  /// In words.
  public let description: String

  init(_ description: String) { self.description = description }
}
