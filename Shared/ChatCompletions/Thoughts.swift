/// Where the answer stands in what a reasoning model wrote: behind its thoughts, before its tokenizer's own signs.
enum Thoughts {
  private static let tags = ["think", "thinking", "thought", "thoughts", "reasoning", "reflection"]
    .flatMap { [("<\($0)>", "</\($0)>"), ("[\($0)]", "[/\($0)]"), ("◁\($0)▷", "◁/\($0)▷")] }
    .map { (open: Array($0.0.utf8), close: Array($0.1.utf8)) }
  /// Before the last part of an answer in OpenAI's harmony format.
  private static let part = Array("<|message|>".utf8)
  private static let ends = ["<|", "</s>", "<eos>", "<end_of_turn>"].map { Array($0.utf8) }

  /// A text without its thoughts; empty where they do not end.
  static func removed(from text: String) -> String {
    let bytes = Array(text.utf8)
    return String(decoding: bytes[answer(in: bytes)], as: UTF8.self)
  }

  /// The bytes of the answer.
  static func answer(in bytes: [UInt8]) -> Range<Int> {
    guard bytes.contains(where: { signs.contains($0) }) else { return bytes.indices }
    let lower = bytes.map { $0 | (UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? 0x20 : 0) }
    var answer = behindThoughts(lower)
    if let last = lower[answer].ranges(of: part).last { answer = last.upperBound..<answer.upperBound }
    let end = ends.compactMap { lower[answer].firstRange(of: $0)?.lowerBound }.min()
    return answer.lowerBound..<(end ?? answer.upperBound)
  }

  /// How a tag begins.
  private static let signs: Set<UInt8> = Set(tags.flatMap { [$0.open[0], $0.close[0]] })

  private static func behindThoughts(_ bytes: [UInt8]) -> Range<Int> {
    let start = tags.compactMap { bytes.ranges(of: $0.close).last?.upperBound }.max() ?? 0
    let open = tags.compactMap { bytes[start...].firstRange(of: $0.open)?.lowerBound }.min()
    let behind = start..<(open ?? bytes.count)
    guard start > 0, bytes[behind].allSatisfy({ $0 <= 0x20 }) else { return behind }
    // Some think after they have answered.
    return 0..<(tags.compactMap { bytes.firstRange(of: $0.open)?.lowerBound }.min() ?? 0)
  }
}
