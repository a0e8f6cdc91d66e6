/// A place below which images may be fetched: scheme, host, port, and the first segments of the path.
public struct ImagePrefix: Sendable, Hashable {
  let address: ImageAddress
  /// The folder's segments.
  private let segments: ArraySlice<String>

  /// Reads a prefix, such as `https://images.example.com/shop/` or `file:///srv/images/`. It is one of whole segments:
  /// `…/shop` lets in `…/shop/a.png`, and not `…/shops/a.png`.
  /// - Throws: `ImageAddressError` with what is wrong with it.
  public init(_ text: String) throws(ImageAddressError) {
    let address = try ImageAddress(text)
    guard address.query == nil else { throw ImageAddressError("a prefix has no query") }
    guard address.scheme != .http || Self.isLoopback(address.host) else {
      throw ImageAddressError("http is for a server on this machine alone (127.0.0.1, [::1] or localhost); use https")
    }
    segments = address.segments.last == "" ? address.segments.dropLast() : address.segments[...]
    guard address.scheme != .file || !segments.isEmpty else {
      throw ImageAddressError("it would let in every file of the machine; name a folder")
    }
    self.address = address
  }

  /// Whether an address is at this place or below it.
  public func admits(_ other: ImageAddress) -> Bool {
    (other.scheme, other.host, other.port) == (address.scheme, address.host, address.port)
      && other.segments.starts(with: segments)
  }

  /// The folder, for files.
  var folder: String { "/" + segments.joined(separator: "/") }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || NetworkAddress(host)?.reach == .loopback
  }
}

/// All that may be fetched: the prefixes, and the hosts among them that stand in a network of one's own.
public struct AllowedImages: Sendable, Hashable {
  let prefixes: [ImagePrefix]
  let privateHosts: Set<String>

  /// - Parameter privateHosts: names whose addresses may be private ones, or this machine's.
  public init(_ prefixes: [ImagePrefix] = [], privateHosts: Set<String> = []) {
    (self.prefixes, self.privateHosts) = (prefixes, privateHosts)
  }

  /// Whether an address is below one of the prefixes.
  public func admits(_ address: ImageAddress) -> Bool { prefixes.contains { $0.admits(address) } }

  /// Whether a connection to an IP address that a host's name stands for may be made. A prefix that names the IP address
  /// itself means it; a name may move to wherever its owner points it.
  func admits(_ address: NetworkAddress, of host: String) -> Bool {
    switch address.reach {
    case .global: true
    case .loopback: host == "localhost" || privateHosts.contains(host) || NetworkAddress(host) == address
    case .private: privateHosts.contains(host) || NetworkAddress(host) == address
    case .linkLocal, .reserved: NetworkAddress(host) == address
    }
  }
}
