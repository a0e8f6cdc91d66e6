import JSON

/// An answer `{"label": …}`, held to the candidates whatever the server's schema check let through.
enum StructuredAnswer {
  /// Reads a label.
  static func vote(_ reply: ChatReply, labels: [String]) throws(AttemptFailure) -> Vote {
    let content = try reply.written()
    guard let label = label(content), let candidate = labels.firstIndex(of: label) else {
      throw .outsideLabels(content)
    }
    return Vote(candidate: candidate, probabilities: nil)
  }

  /// The label of a JSON object; `nil` for any other text.
  private static func label(_ content: String) -> String? {
    do {
      return try JSONParser().parse(content) { $0["label"]?.string }
    } catch {
      // What is wrong with the text does not matter: the caller reports the text itself.
      return nil
    }
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
