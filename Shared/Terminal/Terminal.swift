import Foundation

/// The terminal at the other end of a stream.
public struct Terminal: Sendable, Equatable {
  /// Whether a person watches; where not, nothing is drawn over.
  public let isInteractive: Bool
  /// Columns; 80 where that is unknown.
  public let width: Int

  /// A terminal as given.
  public init(isInteractive: Bool, width: Int = 80) {
    self.isInteractive = isInteractive
    self.width = width
  }

  /// The one at standard error.
  public static var standardError: Terminal { Terminal(descriptor: STDERR_FILENO) }

  /// The one at standard output.
  public static var standardOutput: Terminal { Terminal(descriptor: STDOUT_FILENO) }

  /// The one at standard input.
  public static var standardInput: Terminal { Terminal(descriptor: STDIN_FILENO) }

  private init(descriptor: Int32) {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    isInteractive = isatty(descriptor) == 1
    width = isKnown ? Int(size.ws_col) : 80
  }
}
