/// Why a command that was given rightly cannot be done.
struct CommandError: Error, CustomStringConvertible {
  /// What is wrong, and what to do.
  let description: String

  init(_ description: String) { self.description = description }
}
