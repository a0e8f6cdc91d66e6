/// How a consumer fares, for operators.
public enum ConsumerCondition: Sendable, Equatable {
  /// Its group has not given it partitions yet.
  case joining
  /// All is well.
  case working
  /// It works, though not as it should; says why.
  case limited(String)
  /// No broker answers; says for how long.
  case cutOff(String)

  private static let idle = "it holds no partition: its group has more members than the topic has partitions"

  /// What is worth telling first.
  /// - Parameters:
  ///   - silence: how long no broker has answered.
  ///   - patience: for how long that is no news.
  ///   - partitions: how many it holds; `nil` before its group has spoken.
  ///   - losses: what it should have read and could not, in words.
  init(silence: Duration, patience: Duration, partitions: Int?, losses: String?) {
    if silence > patience {
      self = .cutOff("no broker has answered for \(silence.components.seconds) s")
    } else if let partitions {
      let reasons = [losses, partitions == 0 ? Self.idle : nil].compactMap(\.self)
      self = reasons.isEmpty ? .working : .limited(reasons.joined(separator: "; "))
    } else {
      self = .joining
    }
  }
}
