import Foundation
import Testing

/// What `Golden/make.py` wrote.
struct Golden: Decodable {
  struct Tokens: Decodable {
    let text: String
    let tokens: [String]
  }

  struct Picture: Decodable {
    let candidate: String
    let references: [String]
    let bleu: [Double]
    let sentence: Double
    let ciderD: Double

    enum CodingKeys: String, CodingKey {
      case candidate, references, bleu, sentence
      case ciderD = "cider_d"
    }
  }

  let tokens: [Tokens]
  let pictures: [Picture]
  let corpusBLEU: [Double]

  enum CodingKeys: String, CodingKey {
    case tokens, pictures
    case corpusBLEU = "corpus_bleu"
  }

  static func read() throws -> Golden {
    let url = try #require(Bundle.module.url(forResource: "captions", withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}
