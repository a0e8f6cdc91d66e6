import ArgumentParser
import Datasets
import Foundation
import SmallModel

/// `shunt-benchmark tokenize`
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Writes texts as tokens, so that rivals infer on the same ones.",
    discussion: "The file: int32 numbers, little-endian: how many texts, where each ends, then all tokens.")

  @Option(name: .long, help: "The model whose tokenizer it is.")
  var model: String

  @Option(name: .long, help: "Rows with a text each.")
  var data: String

  @Option(name: .long, help: "Tokens of a text at most.")
  var maximum: Int

  @Option(name: .long, help: "Where to write.")
  var output: String

  func run() throws {
    let rows = try DataFile(URL(fileURLWithPath: data)).filledRows()
    let network = try SmallModelArtifact(contentsOf: URL(fileURLWithPath: model)).network
    guard let tokenizer = (network as? StoredTextCNN)?.tokenizer ?? (network as? StoredLSTM)?.tokenizer else {
      throw ValidationError("\(model) holds a \(network.architecture.name), which reads no tokens")
    }
    let texts = TokenizedTexts(rows.lazy.compactMap(\.input.text), tokenizer: tokenizer, maximum: maximum)
    let numbers = [Int32(texts.count)] + texts.ends.map { Int32($0) } + texts.tokens
    try numbers.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: output))
  }
}

extension TokenizedTexts {
  /// What `shunt-benchmark tokenize` wrote.
  init(contentsOf url: URL) throws {
    let numbers = try Data(contentsOf: url).withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
    let count = Int(numbers[0])
    let (ends, tokens) = (numbers[1...count], numbers[(count + 1)...])
    self.init()
    var start = tokens.startIndex
    for end in ends {
      let stop = count + 1 + Int(end)
      append(tokens[start..<stop])
      start = stop
    }
  }
}
