import Foundation

/// What Package.swift declares, read from its text: asking SwiftPM from inside `swift test` would wait for the build
/// folder's lock, which `swift test` holds.
struct Manifest {
  /// The modules that each target declares to import, by target.
  let dependencies: [String: Set<String>]

  init(_ text: String) {
    let products = Self.products(text)
    let declaration =
      #/(?:shared|service|test)\(\s*"(?<short>\w+)"(?:,\s*\[(?<list>[^\]]*)\])?|\.(?:target|executableTarget)\(\s*name:\s*"(?<long>\w+)"(?:,\s*dependencies:\s*\[(?<longList>[^\]]*)\])?/#
    dependencies = text.matches(of: declaration).reduce(into: [:]) { targets, match in
      let name = String(match.output.short ?? match.output.long ?? "")
      targets[name] = Self.modules(in: match.output.list ?? match.output.longList ?? "", products)
    }
  }

  /// `let logging = Target.Dependency.product(name: "Logging", …)`: the constant's name → the module's.
  private static func products(_ text: String) -> [String: String] {
    let declaration = #/let (?<constant>\w+) = Target\.Dependency\.product\(\s*name:\s*"(?<product>\w+)"/#
    return text.matches(of: declaration).reduce(into: [:]) {
      $0[String($1.output.constant)] = String($1.output.product)
    }
  }

  private static func modules(in list: Substring, _ products: [String: String]) -> Set<String> {
    Set(
      list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
        .map { $0.hasPrefix("\"") ? $0.trimmingCharacters(in: ["\""]) : products[$0] ?? $0 })
  }
}
