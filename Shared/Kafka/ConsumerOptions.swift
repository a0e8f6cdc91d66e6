/// How a consumer takes part in its group, and how it polls.
public struct ConsumerOptions: Sendable, Equatable {
  /// Which records of transactions are seen.
  public enum Isolation: String, Sendable {
    /// Only those of committed transactions, and those outside of any.
    case readCommitted = "read_committed"
    /// All.
    case readUncommitted = "read_uncommitted"
  }

  /// Where a group begins that has committed nothing.
  public enum AutoOffsetReset: String, Sendable {
    case earliest, latest
  }

  /// How the group's members share partitions; all members must agree.
  public enum AssignmentStrategy: String, Sendable {
    /// Partitions move one by one while the others are worked on.
    case cooperativeSticky = "cooperative-sticky"
    /// Every rebalance takes all away first.
    case roundRobin = "roundrobin"
    /// As `roundRobin`, in ranges of a topic.
    case range
  }

  /// A name that is this member's over restarts (static membership): a restart within `sessionTimeout` moves nothing.
  public var instanceID: String?

  /// Which records of transactions are seen.
  public var isolation = Isolation.readCommitted

  /// Where a group begins that has committed nothing.
  public var autoOffsetReset = AutoOffsetReset.earliest

  /// How the group's members share partitions.
  public var assignmentStrategy = AssignmentStrategy.cooperativeSticky

  /// A member that is silent for this long is taken for dead, and until then the group waits for it. Brokers accept 6 s
  /// to 30 min unless told otherwise.
  public var sessionTimeout = Duration.seconds(10)

  /// A member that does not ask for a batch for this long loses its partitions; at least `sessionTimeout`.
  public var maximumPollInterval = Duration.seconds(300)

  /// How many messages librdkafka keeps ready before it stops fetching, 1 to 10,000,000. Each takes some 500 bytes
  /// beside its own; half of them must last for a fetch.
  public var queuedMinimumMessages = 100_000

  /// The bound in KiB on what it keeps ready of all partitions, whatever the count. It may go beyond by what it has
  /// asked for: `fetchedMaximumBytes` of each broker, and what that comes to decompressed.
  public var queuedMaximumKibibytes = 32_768

  /// The most bytes of one answer of a broker, as they are on its disk; a larger record comes alone.
  public var fetchedMaximumBytes = 8 << 20

  /// How long a batch that has its first message waits for more; zero takes what is there.
  public var linger = Duration.zero

  /// How long `onRevoke` may take before it is cancelled, and soon the partitions go without it; keep it well below
  /// `maximumPollInterval`.
  public var revokeDeadline = Duration.seconds(10)

  /// The defaults above.
  public init() {}

  /// - Parameter properties: the settings', whose `message.max.bytes` librdkafka wants no larger than an answer.
  func defaults(beside properties: [String: String]) -> [String: String] {
    let largestMessage = properties["message.max.bytes"].flatMap { Int($0) } ?? 0
    return [
      "session.timeout.ms": "\(sessionTimeout.milliseconds)",
      "heartbeat.interval.ms": "\(min(3000, max(1, sessionTimeout.milliseconds / 3)))",
      "max.poll.interval.ms": "\(maximumPollInterval.milliseconds)",
      "auto.offset.reset": autoOffsetReset.rawValue,
      "queued.min.messages": "\(queuedMinimumMessages)",
      "queued.max.messages.kbytes": "\(queuedMaximumKibibytes)",
      "fetch.max.bytes": "\(max(fetchedMaximumBytes, largestMessage))",
      "socket.nagle.disable": "true",
      "partition.assignment.strategy": assignmentStrategy.rawValue,
    ]
  }

  /// For librdkafka 2.2 and later; for those before, see `FetchedBacklog`.
  var defaultsIfKnown: [String: String] { ["fetch.queue.backoff.ms": "20"] }

  /// What the promises of `Consumer` rest on.
  func required(group: String) -> [String: String] {
    var required = [
      "group.id": group,
      "isolation.level": isolation.rawValue,
      "enable.auto.commit": "false",
      "enable.auto.offset.store": "false",
      "enable.partition.eof": "false",
    ]
    required["group.instance.id"] = instanceID
    return required
  }
}
