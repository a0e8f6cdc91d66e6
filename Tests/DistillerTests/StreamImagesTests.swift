import Content
import Evaluation
import ImageFetch
import TestSupport
import Testing

@testable import Distiller

@Suite struct StreamImagesTests {
  private func answer(_ id: String, _ input: Input) -> StreamAnswer {
    StreamAnswer(id: id, input: input, category: nil, truth: nil, large: nil)
  }

  @Test func answersByReferenceTeachByWhatIsThereNow() async throws {
    let red = PlainPNG.file([255, 0, 0])
    try await ImageServer.run { path, _ in
      path == "/in/gone" ? .status(404) : .file(red)
    } _: { server in
      let settings = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      let images = StreamImages(fetcher: ImageFetcher(settings))
      let changed = String(repeating: "0", count: 64)
      let (answers, missing) = try await images.fetched(
        [
          answer("left out", .text("x")), answer("data", Input(image: .data(red, mediaType: nil))),
          answer("there", Input(image: .url("\(server.origin)/in/a", mediaType: "image/png"))),
          answer("gone", Input(image: .url("\(server.origin)/in/gone", mediaType: nil))),
          answer("changed", Input(image: .url("\(server.origin)/in/a", mediaType: nil, sha256: changed))),
          answer("elsewhere", Input(image: .url("https://h.example/a", mediaType: nil))),
        ], for: [.image])
      #expect(answers.map(\.id) == ["data", "there"])
      #expect(answers[1].input.image == .data(red, mediaType: "image/png"))
      #expect(missing.count == 4 && missing.values.allSatisfy { $0 == 1 })
    }
  }

  @Test func imagesThatNobodyReadsAreNotFetched() async throws {
    let reference = ImageSource.url("https://h.example/a", mediaType: nil)
    let images = StreamImages(fetcher: ImageFetcher(ImageSettings()))
    let (answers, missing) = try await images.fetched(
      [
        answer("both", Input(text: "x", image: reference)), answer("image", Input(image: reference)),
        answer("text", .text("y")),
      ], for: [.text])
    #expect(answers.map(\.id) == ["both", "text"])
    #expect(answers.map(\.input) == [.text("x"), .text("y")])
    #expect(missing.isEmpty)
  }
}
