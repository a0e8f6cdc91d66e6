import Content
import Images
import JSON
import Kafka
import Messages

extension BatchRouter {
  /// Samples of one task that are looked at together.
  private struct Piece {
    var samples: [Sample] = []
    var places: [Int] = []
    var inputs: [Input] = []
    var pictures: [Picture] = []
    var bytes = 0

    /// Adds a sample whose image has been read. On its way it keeps its reference, with the hash of what was there.
    mutating func append(_ sample: Sample, at place: Int, _ file: [UInt8], sha256: String?, _ picture: Picture) {
      var (sample, input) = (sample, sample.input)
      input.image = .data(file, mediaType: sample.input.image?.mediaType)
      if case .url(let url, let mediaType, _) = sample.input.image {
        sample.input.image = .url(url, mediaType: mediaType, sha256: sha256)
      }
      samples.append(sample)
      places.append(place)
      inputs.append(input)
      pictures.append(picture)
      bytes += picture.pixels.count
    }
  }

  /// Routes samples of a task whose models look at pictures: piece by piece, so that the pictures of a batch do not stand
  /// in memory together.
  func routePictures(
    _ group: SamplesByTask.Group, of batch: ConsumedBatch, by table: RoutingTable, now: Timestamp,
    to routed: inout RoutedBatch
  ) async throws {
    let begin = ContinuousClock.now
    for start in stride(from: 0, to: group.samples.count, by: ImageIntake.pieceSize) {
      let range = start..<min(start + ImageIntake.pieceSize, group.samples.count)
      guard ContinuousClock.now - begin < ImageIntake.patience else {
        let delay = ImageIntake.Delay(wait: .zero, hold: nil)
        for index in start..<group.samples.count { routed.postpone(group.task, group.places[index], delay) }
        return
      }
      if group.samples[range].contains(where: { $0.input.image?.fetched == nil }) {
        routed.fetched[group.task, default: 0] += 0
      }
      let files = try await images.files(of: group.samples[range])
      try route(group, range, files, of: batch, by: table, now: now, to: &routed)
    }
  }

  private func route(
    _ group: SamplesByTask.Group, _ range: Range<Int>, _ files: [ImageIntake.File], of batch: ConsumedBatch,
    by table: RoutingTable, now: Timestamp, to routed: inout RoutedBatch
  ) throws {
    var piece = Piece()
    for (index, file) in zip(range, files) {
      let place = group.places[index]
      do throws(JSONError) {
        switch file {
        case .here(let bytes, let sha256):
          if sha256 != nil { routed.fetched[group.task, default: 0] += 1 }
          piece.append(group.samples[index], at: place, bytes, sha256: sha256, try images.picture(bytes))
        case .refused(let error): throw error
        case .later(let delay): routed.postpone(group.task, place, delay)
        }
      } catch {
        batch.withMessage(at: place) { reject($0, at: place, error, by: table, now: now, to: &routed) }
      }
      if piece.bytes >= ImageIntake.pieceBytes {
        try route(piece, of: group, by: table, now: now, to: &routed)
        piece = Piece()
      }
    }
    try route(piece, of: group, by: table, now: now, to: &routed)
  }

  private func route(
    _ piece: Piece, of group: SamplesByTask.Group, by table: RoutingTable, now: Timestamp, to routed: inout RoutedBatch
  ) throws {
    guard !piece.samples.isEmpty else { return }
    try route(
      Looked(samples: piece.samples, places: piece.places, inputs: piece.inputs, pictures: piece.pictures), of: group,
      by: table, now: now, to: &routed)
  }
}
