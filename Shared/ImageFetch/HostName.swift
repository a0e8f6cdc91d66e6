import NIOCore
import NIOSSL

/// The name that a host must prove by its certificate.
///
/// NIOSSL takes a certificate for a name, and beside that any for the IP address that the connection goes to, whatever
/// name was asked for. Who answers a name's look-up with an address of his own could so pass for that name, since
/// authorities certify addresses, too. A host that is named proves its name.
struct HostName: Sendable {
  /// In lower case, without a dot at its end.
  let text: String

  /// Whether a certificate that NIOSSL has verified is for the name. One without alternative names was held against the
  /// name already.
  func isProved(by certificate: NIOSSLCertificate) -> Bool {
    let names = Array(certificate._subjectAlternativeNames())
    return names.isEmpty
      || names.contains { $0.nameType == .dnsName && matches(String(decoding: Array($0.contents), as: UTF8.self)) }
  }

  /// By RFC 6125, 6.4: the same name, or one whose first label is `*` in place of any one label.
  func matches(_ certified: String) -> Bool {
    var certified = certified.lowercased()
    if certified.hasSuffix(".") { certified.removeLast() }
    guard certified.hasPrefix("*.") else { return certified == text }
    guard let dot = text.firstIndex(of: "."), dot > text.startIndex else { return false }
    return text[dot...] == certified.dropFirst()
  }

  /// Lets a new connection serve where its host has proved the name; else it is closed.
  func check(_ channel: any Channel) -> EventLoopFuture<Void> {
    channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
      if let certificate, isProved(by: certificate) { return }
      // Once the client has heard of the failure: it takes a connection that closes before for one that served.
      channel.eventLoop.execute { channel.close(promise: nil) }
      throw Unproved()
    }
  }

  /// A certificate for other names.
  struct Unproved: Error, CustomStringConvertible {
    let description = "its certificate is for other names"
  }
}
