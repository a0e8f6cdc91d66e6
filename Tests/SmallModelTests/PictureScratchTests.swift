import Content
import Images
import SmallModel
import TestSupport
import Testing

@Suite struct PictureScratchTests {
  private func input(_ colour: [UInt8]) -> Input {
    Input(image: .data(PlainPNG.file(colour), mediaType: "image/png"))
  }

  @Test func aCascadeTellsWhatItReads() throws {
    #expect(try ColourNetwork.cascade().reads == [.image])
  }

  @Test func picturesAreDecodedWhereANetworkAsks() throws {
    let batch = try ColourNetwork.cascade().shunt(
      [input([255, 0, 0]), input([0, 0, 255]), input([90, 90, 90])], scratch: PredictionScratch())
    #expect((0..<2).map { batch.label(ofStage: 0, sample: $0) } == [0, 2])
    #expect(batch.decisions[2] == .hard)
  }

  /// What was decoded before the batch is what networks see, and it says nothing of the batch after it.
  @Test func picturesThatAreThereAreNotDecodedAgain() throws {
    let (cascade, scratch) = (try ColourNetwork.cascade(), PredictionScratch())
    let green = Picture(width: 1, height: 1, pixels: [0, 255, 0])
    let red = input([255, 0, 0])
    #expect(try cascade.shunt([red], pictures: [green], scratch: scratch).label(ofStage: 0, sample: 0) == 1)
    #expect(try cascade.shunt([red], scratch: scratch).label(ofStage: 0, sample: 0) == 0)
  }

  @Test func whatIsNoPictureFailsWithItsReason() throws {
    let cascade = try ColourNetwork.cascade()
    let broken = Input(image: .data(Array("GIF89a".utf8), mediaType: nil))
    #expect(throws: ImageError.self) { try cascade.shunt([broken], scratch: PredictionScratch()) }
    for (input, reason) in [
      (Input.text("x"), "has no image"), (Input(image: .url("https://h.example/a", mediaType: nil)), "must be fetched"),
    ] {
      let error = #expect(throws: SmallModelError.self) { try cascade.shunt([input], scratch: PredictionScratch()) }
      #expect(error?.description.contains(reason) == true)
    }
  }
}
