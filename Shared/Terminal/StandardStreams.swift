import Foundation

/// What a command says: written at once, so that whoever redirects it reads it while the command goes on.
public enum StandardOutput {
  /// Writes a line, or several.
  ///
  /// Where nobody reads any more, as behind `| head`, the process ends without a word, as other programs do; where it
  /// cannot be written, it ends with the reason.
  public static func say(_ text: some CustomStringConvertible) {
    guard let problem = write("\(text)\n", to: STDOUT_FILENO) else { return }
    if problem != EPIPE {
      StandardError.say("standard output cannot be written: \(String(cString: strerror(problem)))")
    }
    exit(problem == EPIPE ? brokenPipe : EXIT_FAILURE)
  }

  /// What a shell shows for a process that a broken pipe has ended: 128 and the signal's number.
  private static let brokenPipe = 128 + SIGPIPE
}

/// What is said beside a command's results: steps, warnings, errors.
public enum StandardError {
  /// Writes a line. Where nobody listens it is lost, and the command goes on.
  public static func say(_ line: String) { show(line + "\n") }

  /// Writes text as it is.
  public static func show(_ text: String) { _ = write(text, to: STDERR_FILENO) }
}

/// - Returns: the error's number; `nil` where all is written.
private func write(_ text: String, to descriptor: Int32) -> Int32? {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    if written >= 0 {
      rest = rest.dropFirst(written)
    } else if errno == EAGAIN {
      // A pipe that somebody has made non-blocking, and that is full.
      var full = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&full, 1, -1)
    } else if errno != EINTR {
      return errno
    }
  }
  return nil
}
