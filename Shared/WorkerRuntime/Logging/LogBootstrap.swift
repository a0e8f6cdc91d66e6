import Logging
import Synchronization

/// Makes every logger of this process write to standard error. swift-log allows it once a process, so the first call
/// counts, and later ones change nothing.
public func bootstrapLogging(_ settings: LogSettings) {
  let isFirst = isBootstrapped.exchange(true, ordering: .acquiringAndReleasing) == false
  guard isFirst else { return }
  LoggingSystem.bootstrap { StandardErrorLog(label: $0, settings: settings) }
}

private let isBootstrapped = Atomic<Bool>(false)
