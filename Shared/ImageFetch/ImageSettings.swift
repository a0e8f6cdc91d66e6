import NIOSSL
import Settings

/// Section `images`; what each key means stands where it is read. Router, large-model worker and distiller share it.
public struct ImageSettings: Sendable, Equatable {
  /// What may be fetched.
  public var allowed: AllowedImages
  /// A longer file is rejected.
  public var maximumBytes: Int
  /// A larger picture is rejected before it is decoded.
  public var maximumPixels: Int
  /// A longer file does not travel with its answer.
  public var keptBytes: Int
  var timeout: Duration
  var concurrency: Int
  /// Whom `https:` trusts beside the system's certificate authorities.
  var authorities: [NIOSSLCertificate]

  /// Settings in code; the defaults are those of the file.
  public init(
    allowed: AllowedImages = AllowedImages(), maximumBytes: Int = 20 << 20, maximumPixels: Int = 50_000_000,
    keptBytes: Int = 64 << 10, timeout: Duration = .seconds(10), concurrency: Int = 32,
    authorities: [NIOSSLCertificate] = []
  ) {
    self.allowed = allowed
    self.maximumBytes = maximumBytes
    self.maximumPixels = maximumPixels
    self.keptBytes = keptBytes
    self.timeout = timeout
    self.concurrency = concurrency
    self.authorities = authorities
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    self.init()
    readPlaces(reader)
    reader.read(
      "maximum_bytes", &maximumBytes, .bytes(in: 1...(256 << 20)), help: "An image with a longer file is rejected.")
    reader.read(
      "maximum_pixels", &maximumPixels, .integer(in: 1...500_000_000),
      help:
        "An image with more pixels is rejected before it is decoded: while it is decoded a pixel takes 3 to 12 bytes of memory."
    )
    reader.read(
      "kept_bytes", &keptBytes, .bytes(in: 0...(128 << 10)),
      help: "An image in a message whose file is longer does not go to Postgres with its answer, and so teaches "
        + "nothing; a text beside it goes. Of an image by reference its address goes there, however long the file is.")
    reader.read(
      "timeout", &timeout, .duration(in: .milliseconds(100) ... .seconds(300)),
      help: "How long fetching an image may take, redirects counted.")
    reader.read("concurrency", &concurrency, .integer(in: 1...1000), help: "Images that are fetched at once.")
    readAuthorities(reader)
  }

  private mutating func readAuthorities(_ reader: SettingsReader) {
    var file: String?
    reader.read(
      "authorities", &file, .filledText,
      help: "A file with certificate authorities in PEM format that `https:` is trusted by, beside the system's.")
    guard let file else { return }
    do { authorities = try NIOSSLCertificate.fromPEMFile(file) } catch {
      reader.refuse("authorities", because: "\(file) cannot be read as certificates in PEM format: \(error)")
    }
  }

  private mutating func readPlaces(_ reader: SettingsReader) {
    var (texts, hosts, prefixes) = ([String](), [String](), [ImagePrefix]())
    reader.read(
      "allowed", &texts, .list,
      help: "Where images by reference may be: `https://host/folder/` or `file:///folder/`, each with all below it. "
        + "Nothing else is ever fetched, by no redirect either. `http:` is for a server on this machine.")
    reader.read(
      "private_hosts", &hosts, .list,
      help: "Host names in `allowed` whose IP addresses may be private ones or this machine's own; a prefix that names "
        + "such an IP address itself needs no entry.")
    for text in texts {
      do throws(ImageAddressError) { prefixes.append(try ImagePrefix(text)) } catch {
        reader.refuse("allowed", because: "\(text.debugDescription) is no prefix: \(error)")
      }
    }
    let known = Set(prefixes.map(\.address.host))
    for host in hosts where !known.contains(host.lowercased()) {
      reader.refuse("private_hosts", because: "\(host.debugDescription) is the host of no prefix in allowed")
    }
    allowed = AllowedImages(prefixes, privateHosts: Set(hosts.map { $0.lowercased() }))
  }
}
