/// What stands in the database at the end.
struct SoakFindings: Sendable {
  /// A row of `results`.
  struct Answer: Sendable, Equatable {
    var label: String
    var answeredBy: String
  }

  /// A row of `rejections`.
  struct Rejection: Sendable, Equatable {
    var topic: String
    var id: String?
    var reason: String
    /// The first bytes of the message.
    var head: [UInt8]?
    var isTombstone: Bool
  }

  /// By id; more than one is a fault.
  var answers: [String: [Answer]] = [:]
  var rejections: [Rejection] = []
}
