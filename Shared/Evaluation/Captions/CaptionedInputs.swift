import Content
import Datasets
import SmallModel

/// Rows with captions, ready for training and scoring. Pictures stay encoded.
public struct CaptionedInputs: Sendable {
  /// The rows.
  public let rows: [DataRow]

  /// - Throws: `DatasetError` naming the first row without captions, or whose image's bytes are not at hand.
  public init(_ rows: [DataRow]) throws(DatasetError) {
    for row in rows {
      guard !row.captions.isEmpty else {
        throw DatasetError(
          "row \(row.number), \"\(row.id)\", has no captions; training and scoring need one for each row")
      }
      try row.checkImage()
    }
    self.rows = rows
  }

  /// The rows as networks read them.
  var inputs: [Input] { rows.map(\.input) }

  /// The rows to train on.
  var examples: CaptionExamples { CaptionExamples(inputs: inputs, targets: .captions(rows.map(\.captions))) }
}

extension DataRow {
  /// - Throws: `DatasetError` where the row has an image whose bytes are not at hand.
  func checkImage() throws(DatasetError) {
    guard input.image != nil, input.image?.fetched == nil else { return }
    throw DatasetError(
      "row \(number), \"\(id)\", has its image by reference, which is not fetched here; bring the file and name its path, "
        + "or put its bytes into the row")
  }
}
