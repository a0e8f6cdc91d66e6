import Foundation
import Logging
import Synchronization

/// Makes every logger of this process write to standard error, or to the settings' file. swift-log allows it once a
/// process, so the first call counts, and later ones change nothing.
public func bootstrapLogging(_ settings: LogSettings) {
  let isFirst = isBootstrapped.exchange(true, ordering: .acquiringAndReleasing) == false
  guard isFirst else { return }
  let descriptor = settings.file.map(logFile) ?? STDERR_FILENO
  LoggingSystem.bootstrap { StandardErrorLog(label: $0, settings: settings, descriptor: descriptor) }
}

/// A descriptor for as long as the process lives, as loggers do; standard error where the file cannot be made.
private func logFile(_ path: String) -> Int32 {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
  return descriptor >= 0 ? descriptor : STDERR_FILENO
}

private let isBootstrapped = Atomic<Bool>(false)
