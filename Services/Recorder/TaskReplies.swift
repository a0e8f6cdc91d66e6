import Content
import JSON
import Messages

/// What tasks answer with, as far as it is known here: labels by people are held to it. Those of other tasks are taken as
/// they come, as the labels that producers send are.
public struct TaskReplies: Sendable, Equatable {
  /// What one task answers with.
  public enum Reply: Sendable, Equatable {
    /// One of these.
    case labels(Set<String>)
    /// Sentences.
    case captions
  }

  private let replies: [String: Reply]

  /// Replies by task.
  public init(_ replies: [String: Reply] = [:]) { self.replies = replies }

  /// - Throws: `JSONError` for a label that is none of its task's.
  func check(_ label: GoldLabel) throws(JSONError) {
    switch (replies[label.task], label.truth) {
    case (nil, _), (.captions, .captions): return
    case (.labels(let known), .label(let name)):
      guard !known.contains(name) else { return }
      throw JSONError(
        "field \"label\" is \(name.cut(toBytes: 40).debugDescription), none of the \(known.count) labels of task \"\(label.task)\"",
        kind: "field \"label\" is none of the task's")
    case (.labels, .captions):
      throw JSONError("field \"captions\": task \"\(label.task)\" answers with labels; send \"label\"")
    case (.captions, .label):
      throw JSONError("field \"label\": task \"\(label.task)\" answers with captions; send \"captions\"")
    }
  }
}
