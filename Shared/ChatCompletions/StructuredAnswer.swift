import JSON

/// An answer `{"label": …}`, held to the candidates whatever the server's schema check let through.
enum StructuredAnswer {
  /// Reads a label.
  static func vote(_ reply: ChatReply, _ answers: WrittenAnswer) throws(AttemptFailure) -> Vote {
    Vote(candidate: try reply.candidate(answers), probabilities: nil)
  }

  /// The object for a label, as an example shows it.
  static func written(_ label: String) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("label")
    writer.string(label)
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
