import JSON

extension Answer {
  /// Reads an answer.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue) throws(JSONError) {
    id = try json.requiredString("id")
    task = try json.requiredString("task")
    label = try json.requiredString("label")
    answeredBy = try json.requiredAnsweredBy("answered_by")
    // Only the large model may not know how sure it is.
    let isKnown = answeredBy != .large
    confidence = try isKnown || json["confidence"] != nil ? Float(json.requiredDouble("confidence")) : nil
    modelVersion = try json.requiredString("model_version")
    threshold = try json.optionalDouble("threshold").map(Float.init)
    distribution = try isKnown || json["probabilities"] != nil ? json.requiredDistribution("probabilities") : nil
    if let inner = json["specific"] { specific = try Prediction(json: inner) }
    isDegraded = try json.flag("degraded")
    isTruncated = try json.flag("truncated")
    hasReplacedText = try json.flag("replaced")
    if let inner = json["audited"] {
      audited = HardSample.Audited(
        answeredBy: try inner.requiredAnsweredBy("answered_by"), label: try inner.requiredString("label"))
    }
    if let inner = json["prompt"] { prompt = try PromptRecord(json: inner) }
    producedAt = try json.optionalTimestamp("produced_at")
    routedAt = try json.requiredTimestamp("routed_at")
    answeredAt = try json.requiredTimestamp("answered_at")
    category = try json.optionalString("category")
    trueLabel = try json.optionalString("true_label")
    text = try json.optionalString("text")
  }

  /// Writes the answer as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("task", task)
    writer.member("label", label)
    if let confidence { writer.member("confidence", probability: confidence) }
    writer.member("answered_by", answeredBy.rawValue)
    writer.member("model_version", modelVersion)
    writer.member("threshold", threshold)
    if let distribution { writer.member("probabilities", distribution) }
    if let specific {
      writer.key("specific")
      specific.write(to: &writer)
    }
    writer.member("degraded", ifTrue: isDegraded)
    writer.member("truncated", ifTrue: isTruncated)
    writer.member("replaced", ifTrue: hasReplacedText)
    if let audited {
      writer.key("audited")
      audited.write(to: &writer)
    }
    if let prompt {
      writer.key("prompt")
      prompt.write(to: &writer)
    }
    writer.member("produced_at", producedAt)
    writer.member("routed_at", routedAt)
    writer.member("answered_at", answeredAt)
    writer.member("category", category)
    writer.member("true_label", trueLabel)
    writer.member("text", text)
    writer.endObject()
  }
}

extension PromptRecord {
  init(json: JSONValue) throws(JSONError) {
    candidatesBefore = try json.requiredCount("candidates_before")
    candidatesAfter = try json.requiredCount("candidates_after")
    entropyBefore = Float(try json.requiredDouble("entropy_before"))
    entropyAfter = Float(try json.requiredDouble("entropy_after"))
    promptTokens = try json.requiredCount("prompt_tokens")
    completionTokens = try json.requiredCount("completion_tokens")
    cost = try json.requiredDouble("cost")
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("candidates_before", candidatesBefore)
    writer.member("candidates_after", candidatesAfter)
    writer.member("entropy_before", entropyBefore)
    writer.member("entropy_after", entropyAfter)
    writer.member("prompt_tokens", promptTokens)
    writer.member("completion_tokens", completionTokens)
    writer.member("cost", cost)
    writer.endObject()
  }
}

extension HardSample.Audited {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("answered_by", answeredBy.rawValue)
    writer.member("label", label)
    writer.endObject()
  }
}

extension JSONValue {
  func requiredCount(_ key: StaticString) throws(JSONError) -> Int {
    guard let count = Int(exactly: try requiredInteger(key)), count >= 0 else {
      throw JSONError("field \"\(key)\" is negative; it must be 0 or more")
    }
    return count
  }
}
