import Foundation
import NIOSSL

/// A private certificate authority and a server's certificate, made by the openssl command in a temporary folder.
public struct PrivateAuthority: Sendable {
  /// The authority's own certificate.
  public let certificate: String
  /// A folder that holds it among other files.
  public let folder: String
  /// What a server speaks TLS with.
  public let context: NIOSSLContext

  /// Makes one, hands it to `body`, and removes its files.
  /// - Parameter names: the server's, as openssl writes them. One that is an IP address holds for any name that a client was
  ///   led to it by.
  public static func with(
    names: [String] = ["IP:127.0.0.1", "DNS:localhost", "DNS:chat.test"],
    _ body: (PrivateAuthority) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      try FileManager.default.createDirectory(at: folder.appending(path: "certs"), withIntermediateDirectories: false)
      try await body(PrivateAuthority(folder, names: names))
    }
  }

  private init(_ folder: URL, names: [String]) throws {
    let path = { (name: String) in folder.appending(path: name).path }
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    certificate = path("certs/authority.pem")
    self.folder = path("certs")
    try Self.openssl(
      ["req", "-x509", "-subj", "/CN=Test authority", "-keyout", path("authority.key"), "-out", certificate] + key)
    try Self.openssl(
      [
        "req", "-x509", "-subj", "/CN=chat.test", "-CA", certificate, "-CAkey", path("authority.key"), "-keyout",
        path("server.key"), "-out", path("server.pem"), "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
        "subjectAltName=\(names.joined(separator: ","))",
      ] + key)
    try Data("no certificate".utf8).write(to: folder.appending(path: "certs/README"))
    let chain = try NIOSSLCertificate.fromPEMFile(path("server.pem")).map { NIOSSLCertificateSource.certificate($0) }
    context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: chain, privateKey: .privateKey(NIOSSLPrivateKey(file: path("server.key"), format: .pem))))
  }

  private struct Failed: Error { let arguments: [String] }

  private static func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
  }
}
