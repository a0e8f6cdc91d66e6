/// One worker of the deployment under soak.
struct Worker: Sendable, Hashable, CustomStringConvertible {
  /// The subcommand that it runs.
  let command: String
  /// Tells it from the others of its command.
  let number: Int

  /// Its name in figures and logs.
  var description: String { "\(command) \(number)" }

  /// Two of each that share work, and the distiller.
  static let all =
    ["router", "large-model-worker", "recorder"].flatMap { command in
      (1...2).map { Worker(command: command, number: $0) }
    } + [Worker(command: "distiller", number: 1)]
}
