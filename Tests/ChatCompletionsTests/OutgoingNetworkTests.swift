import Foundation
import LargeModel
import PracticeServer
import TestSupport
import Testing

@testable import ChatCompletions

@Suite("Proxies and certificate authorities", .timeLimit(.minutes(2)))
struct OutgoingNetworkTests {
  static let routes: [(environment: [String: String], url: String, proxy: String?)] = [
    ([:], "https://api.test/v1", nil),
    (["HTTPS_PROXY": "http://proxy:3128"], "https://api.test/v1", "proxy:3128"),
    (["https_proxy": "proxy:3128"], "https://api.test/v1", "proxy:3128"),
    (["https_proxy": "a:1", "HTTPS_PROXY": "b:2"], "https://api.test/v1", "a:1"),
    (["HTTPS_PROXY": "http://proxy"], "https://api.test/v1", "proxy:80"),
    (["HTTPS_PROXY": "http://proxy:3128"], "http://api.test/v1", nil),
    (["http_proxy": "http://proxy:3128"], "http://api.test/v1", "proxy:3128"),
    // A CGI program's HTTP_PROXY is a stranger's header.
    (["HTTP_PROXY": "http://proxy:3128"], "http://api.test/v1", nil),
    (["http_proxy": "http://proxy:3128"], "https://api.test/v1", nil),
    (["ALL_PROXY": "socks5://proxy"], "https://api.test/v1", "proxy:1080"),
    (["all_proxy": "socks5h://proxy:9"], "http://api.test/v1", "proxy:9"),
    (["ALL_PROXY": "all:1", "HTTPS_PROXY": "secure:2"], "https://api.test/v1", "secure:2"),
    (["HTTPS_PROXY": " "], "https://api.test/v1", nil),
    (["HTTPS_PROXY": "http://me:p%40ss@proxy:3128"], "https://api.test/v1", "proxy:3128"),
    (["HTTPS_PROXY": "http://[::1]:3128"], "https://api.test/v1", "::1:3128"),
  ]

  @Test("Which proxy an address is reached by", arguments: routes.indices)
  func route(index: Int) throws {
    let (environment, url, proxy) = Self.routes[index]
    let network = try OutgoingNetwork(environment: environment)
    #expect(network.proxy(for: try #require(URL(string: url)))?.address == proxy)
  }

  static let exceptions: [(list: String, url: String, isDirect: Bool)] = [
    ("*", "https://api.test/v1", true), ("api.test", "https://api.test/v1", true),
    ("API.Test", "https://api.test/v1", true), ("test", "https://api.test/v1", true),
    (".test", "https://api.test/v1", true), ("*.test", "https://api.test/v1", true),
    (".api.test", "https://api.test/v1", true), ("pi.test", "https://api.test/v1", false),
    ("api.tes", "https://api.test/v1", false), ("other, api.test", "https://api.test/v1", true),
    ("other api.test", "https://api.test/v1", true), ("api.test:443", "https://api.test/v1", true),
    ("api.test:8443", "https://api.test/v1", false), ("api.test:8443", "https://api.test:8443/v1", true),
    ("10.1.2.3", "https://10.1.2.3/v1", true), ("10.0.0.0/8", "https://10.1.2.3/v1", true),
    ("10.0.0.0/8", "https://11.1.2.3/v1", false), ("10.1.2.0/23", "https://10.1.3.9/v1", true),
    ("10.1.2.0/24", "https://10.1.3.9/v1", false), ("10.0.0.0/99", "https://10.0.0.0/v1", false),
    ("10.0.0.0/-1", "https://10.0.0.0/v1", false),
    ("10.0.0.0/8:8000", "https://10.1.2.3/v1", false), ("0.0.0.0/0", "https://10.1.2.3/v1", true),
    ("127.0.0.0/8,localhost", "https://localhost/v1", true), ("::1", "https://[::1]/v1", true),
    ("[::1]:443", "https://[::1]/v1", true), ("fd00::/8", "https://[fd12::9]/v1", true),
    ("fd00::/8", "https://[fe80::9]/v1", false), ("10.0.0.0/8", "https://api.test/v1", false),
    ("", "https://api.test/v1", false), (",, ,", "https://api.test/v1", false), (".", "https://api.test/v1", false),
  ]

  @Test("What NO_PROXY lets through directly", arguments: exceptions.indices)
  func exception(index: Int) throws {
    let (list, url, isDirect) = Self.exceptions[index]
    for name in ["NO_PROXY", "no_proxy"] {
      let network = try OutgoingNetwork(environment: ["HTTPS_PROXY": "proxy:3128", name: list])
      #expect((network.proxy(for: try #require(URL(string: url))) == nil) == isDirect, "\(list)")
    }
  }

  @Test(
    "A proxy that cannot be used is refused by its variable, its password unsaid",
    arguments: [
      "https://me:secret@proxy:1", "ftp://me:secret@proxy", "socks5://me:secret@proxy", "http://", "http://a b:secret",
    ])
  func refused(proxy: String) {
    #expect { try OutgoingNetwork(environment: ["https_proxy": proxy]) } throws: {
      "\($0)".hasPrefix("https_proxy") && !"\($0)".contains("secret")
    }
  }

  @Test("A proxy's password shows nowhere")
  func password() throws {
    var settings = settings([try #require(URL(string: "https://api.test/v1"))])
    settings.network = try OutgoingNetwork(environment: ["https_proxy": "http://me:secret@proxy:1"])
    var dumped = ""
    dump(settings, to: &dumped)
    for text in ["\(settings)", String(reflecting: settings), dumped] { #expect(!text.contains("secret")) }
  }

  /// A server that speaks TLS by a certificate of a private authority, and what asking it comes to.
  private func ask(
    _ environment: (PrivateAuthority) -> [String: String]
  ) async throws -> Result<ChatCompletionsAnswer, ChatCompletionsError> {
    var outcome: Result<ChatCompletionsAnswer, ChatCompletionsError>?
    try await PrivateAuthority.with { authority in
      let network = try OutgoingNetwork(environment: environment(authority))
      outcome = try await PracticeServer.run(model: namesake) { server in
        try await Relay.run(.tls(authority.context), to: server.endpoint.port ?? 0) { relay in
          var settings = settings([try #require(URL(string: "https://127.0.0.1:\(relay.port)/v1"))], attempts: 1)
          settings.network = network
          settings.apiKey = APIKey("sk-1")
          return try await ChatCompletionsClient.withClient(settings, labels: fruits) {
            try await $0.classify(.fruit("a cherry"))
          }
        }
      }
    }
    return try #require(outcome)
  }

  @Test("A private authority is trusted where SSL_CERT_FILE or SSL_CERT_DIR names it, and not otherwise")
  func authority() async throws {
    guard case .failure(let error) = try await ask({ _ in [:] }) else {
      return #expect(Bool(false), "a stranger's certificate is trusted")
    }
    #expect(error.attempts[0].contains("SSL_CERT_FILE"), "\(error.attempts)")
    let environments: [(PrivateAuthority) -> [String: String]] = [
      { ["SSL_CERT_FILE": $0.certificate] }, { ["SSL_CERT_DIR": $0.folder] },
      { ["SSL_CERT_DIR": "\($0.folder):\($0.folder)"] },
    ]
    for environment in environments {
      let answer = try await ask(environment).get()
      #expect(answer.answer.label == 2)
    }
  }

  @Test(
    "Certificates that cannot be read are refused by their variable",
    arguments: [["SSL_CERT_FILE": "/nowhere"], ["SSL_CERT_DIR": "/nowhere"], ["SSL_CERT_FILE": "/dev/null"]])
  func unreadable(environment: [String: String]) throws {
    var settings = settings([try #require(URL(string: "https://api.test/v1"))])
    settings.network = try OutgoingNetwork(environment: environment)
    let changed = settings
    #expect { try ChatCompletionsClient(changed, labels: fruits) } throws: {
      "\($0)".hasPrefix(environment.keys.first ?? "-")
    }
  }

  @Test("An https server behind a proxy that asks for a password: the proxy sees the host, and never the key")
  func proxied() async throws {
    try await PrivateAuthority.with { authority in
      let certificate = authority.certificate
      try await PracticeServer.run(model: namesake) { server in
        try await Relay.run(.tls(authority.context), to: server.endpoint.port ?? 0) { secure in
          try await Relay.run(.proxy, to: secure.port) { proxy in
            var settings = settings([try #require(URL(string: "https://chat.test/v1"))], attempts: 1)
            settings.apiKey = APIKey("sk-never-seen")
            settings.network = try OutgoingNetwork(environment: [
              "HTTPS_PROXY": "http://me:p%40ss@127.0.0.1:\(proxy.port)", "SSL_CERT_FILE": certificate,
            ])
            try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
              let answer = try await client.classify(.fruit("a cherry")).get()
              #expect(answer.answer.label == 2)
            }
            let password = Data("me:p@ss".utf8).base64EncodedString()
            #expect(proxy.heard.contains("CONNECT chat.test:443 HTTP/1.1"))
            #expect(proxy.heard.lowercased().contains("proxy-authorization: basic \(password.lowercased())"))
            #expect(!proxy.heard.contains("sk-never-seen") && secure.heard.contains("Bearer sk-never-seen"))
          }
        }
      }
    }
  }

  @Test("A plain server behind http_proxy, and one that NO_PROXY names, which is reached directly")
  func plain() async throws {
    try await PracticeServer.run(model: namesake) { server in
      try await Relay.run(.proxy, to: server.endpoint.port ?? 0) { proxy in
        var settings = settings([server.endpoint, try #require(URL(string: "http://chat.test/v1"))], attempts: 1)
        settings.network = try OutgoingNetwork(environment: [
          "http_proxy": "127.0.0.1:\(proxy.port)", "NO_PROXY": "127.0.0.1",
        ])
        try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
          let answer = try await client.classify(.fruit("a cherry")).get()
          #expect(answer.answer.label == 2)
        }
        #expect(proxy.heard.isEmpty)
        settings.endpoints.removeFirst()
        try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
          let answer = try await client.classify(.fruit("a cherry")).get()
          #expect(answer.answer.label == 2)
        }
        #expect(proxy.heard.contains("chat.test"))
      }
    }
  }

  static let plainAddresses: [(url: String, allowed: [String], isTaken: Bool)] = [
    ("http://localhost:8000/v1", [], true), ("http://127.0.0.1:8000/v1", [], true),
    ("http://127.9.9.9/v1", [], true), ("http://[::1]:8000/v1", [], true), ("http://a.localhost/v1", [], true),
    ("https://api.test/v1", [], true), ("http://api.test/v1", [], false), ("http://10.0.0.7/v1", [], false),
    ("http://192.168.1.2:8000/v1", [], false), ("http://vllm:8000/v1", [], false),
    ("http://localhost.evil.test/v1", [], false), ("http://127.0.0.1.evil.test/v1", [], false),
    ("http://vllm:8000/v1", ["vllm"], true), ("http://VLLM:8000/v1", ["vllm"], true),
    ("http://vllm.evil.test/v1", ["vllm"], false),
  ]

  @Test(
    "A key goes over plain http to this machine alone, or to one that the settings name",
    arguments: plainAddresses.indices)
  func plainHTTP(index: Int) throws {
    let (url, allowed, isTaken) = Self.plainAddresses[index]
    var keyless = settings([try #require(URL(string: url))])
    keyless.allowPlainHTTP = allowed
    try keyless.validate(labels: fruits)
    var (keyed, headed) = (keyless, keyless)
    keyed.apiKey = APIKey("sk-secret")
    headed.headers = ["x-key": try #require(APIKey(field: "sk-secret"))]
    for settings in [keyed, headed] {
      if isTaken {
        try settings.validate(labels: fruits)
      } else {
        #expect { try settings.validate(labels: fruits) } throws: {
          "\($0)".contains("allow_plain_http") && !"\($0)".contains("sk-secret")
        }
      }
    }
  }
}
