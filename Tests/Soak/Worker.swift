/// One worker of the deployment under soak.
struct Worker: Sendable, Hashable, CustomStringConvertible {
  /// The subcommand that it runs.
  let command: String
  /// Tells it from the others of its command.
  let number: Int

  /// Its name in figures and logs.
  var description: String { "\(command) \(number)" }

  /// Two of each that a sample goes through.
  static let pairs = ["router", "large-model-worker", "recorder"].flatMap { command in
    (1...2).map { Worker(command: command, number: $0) }
  }
  /// These and the distiller.
  static let all = pairs + [Worker(command: "distiller", number: 1)]
  /// Routers that come while samples flow.
  static let furtherRouters = (3...4).map { Worker(command: "router", number: $0) }
}
