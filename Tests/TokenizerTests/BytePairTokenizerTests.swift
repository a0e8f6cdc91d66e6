import Foundation
import Testing

@testable import Tokenizer

/// Texts and ids from transformers' `CLIPTokenizer`, with the part of CLIP's vocabulary that they need;
/// `Tests/EncodersTests/Golden/clip/make.py` made them.
private struct Golden: Decodable {
  struct Case: Decodable {
    var text: String
    var ids: [Int32]
  }
  var vocabulary: [String: Int]
  var merges: [String]
  var texts: [Case]

  static func load() throws -> Golden {
    try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: Bundle.module.bundleURL.appending(path: "Golden/clip.json")))
  }

  func tokenizer() throws -> BytePairTokenizer { try BytePairTokenizer(vocabulary: vocabulary, merges: merges) }
}

@Suite struct BytePairTokenizerTests {
  @Test func awkwardTextsGetTransformersIds() throws {
    let golden = try Golden.load()
    let tokenizer = try golden.tokenizer()
    #expect(golden.texts.count > 40)
    for entry in golden.texts {
      #expect(tokenizer.encode(entry.text) == entry.ids, "\(entry.text.unicodeScalars.map { $0.value })")
    }
  }

  @Test func everyMaximumCutsTheSameIds() throws {
    let golden = try Golden.load()
    let tokenizer = try golden.tokenizer()
    for entry in golden.texts where entry.ids.count < 77 {
      let inner = entry.ids.dropFirst().dropLast()
      for maximum in 2...entry.ids.count + 1 {
        #expect(
          tokenizer.encode(entry.text, maximum: maximum)
            == [tokenizer.beginning] + inner.prefix(maximum - 2) + [tokenizer.end])
      }
    }
  }

  @Test(arguments: ["a", "a</w>", "Ġ", "<|startoftext|>", "<|endoftext|>", "photo</w>"])
  func aVocabularyThatLacksATokenIsRefusedByItsName(_ token: String) throws {
    var golden = try Golden.load()
    golden.vocabulary[token] = nil
    let error = #expect(throws: TokenizerError.self) { try golden.tokenizer() }
    #expect(try #require(error).description.contains(" lacks \(token);"))
  }

  @Test(arguments: ["th", "t h e", ""])
  func aMergeOfOtherThanTwoTokensIsRefused(_ merge: String) throws {
    var golden = try Golden.load()
    golden.merges.insert(merge, at: 3)
    let error = #expect(throws: TokenizerError.self) { try golden.tokenizer() }
    #expect(try #require(error).description.hasPrefix("merge 4 is \(merge);"))
  }
}
