import Cascade
import Content
import Encoders
import Foundation
import Images
import PracticeServer
import SmallModel

/// Pictures of 32 × 32, answered by a ResNet-32: easy ones are brighter in the colour of their label, hard ones in none. A
/// quarter travels by reference. Of a hard one only the number in its first pixel tells the label.
struct SoakPictures: SoakSamples {
  /// Where pictures by reference are.
  let folder: URL

  var reads: Input.Kind { .image }
  var oddMessages: [OddMessage] { OddMessage.pictures }

  var model: PracticeServer.Model {
    { question in
      do {
        guard let file = question.images.first?.fetched else { return .refusal("there is no picture") }
        return .distribution([SoakTask.label(try Self.number(in: file)): 1])
      } catch { return .refusal("\(error)") }
    }
  }

  func makeInput(_ number: Int) throws -> Input {
    let file = try Self.picture(number).png()
    guard number % 4 == 3 else { return Input(image: .data(file, mediaType: "image/png")) }
    let place = folder.appending(path: "\(number).png")
    try Data(file).write(to: place)
    return Input(image: .url(place.absoluteString, mediaType: nil))
  }

  /// The number that a picture carries.
  static func number(in file: [UInt8]) throws -> Int {
    try ImageDecoder().decode(file).pixels.prefix(3).reduce(0) { $0 << 8 | Int($1) }
  }

  /// Noise, with the number in its first pixel.
  private static func picture(_ number: Int) -> Picture {
    var generator = SplitMix64(seed: UInt64(number))
    let bright = SoakTask.isHard(number) ? nil : SoakTask.labelIndex(number)
    var pixels = (0..<32 * 32 * 3).map { index in
      UInt8.random(in: index % 3 == bright ? 120...220 : 40...140, using: &generator)
    }
    for (index, shift) in [16, 8, 0].enumerated() { pixels[index] = UInt8(truncatingIfNeeded: number >> shift) }
    return Picture(width: 32, height: 32, pixels: pixels)
  }

  /// Trained in half a minute.
  func artifact() async throws -> SmallModelArtifact {
    var recipe = ResNetRecipe()
    (recipe.training.epochs, recipe.training.batchSize, recipe.training.heldOutShare) = (6, 20, 0)
    let inputs = try SoakTask.training.map { Input(image: .data(try Self.picture($0).png(), mediaType: nil)) }
    let trained = try await recipe.train(
      TrainingExamples(inputs: inputs, targets: .labels(SoakTask.training.map(SoakTask.labelIndex))), heldOut: nil,
      labels: SoakTask.labels, encoders: EncoderLibrary()
    ) { _ in }
    return try SmallModelArtifact(card: SoakTask.card(recipe.training), network: trained.network)
  }
}
