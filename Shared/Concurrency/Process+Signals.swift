import Foundation

extension Process {
  /// Starts the child with no signal blocked.
  ///
  /// A child inherits the signals that its parent's thread blocks, and libdispatch's threads, and ours after them, block
  /// nearly all: started by `run` it would never see SIGTERM.
  /// - Throws: as `run`.
  public func runWithAllSignals() throws {
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try run()
  }
}
