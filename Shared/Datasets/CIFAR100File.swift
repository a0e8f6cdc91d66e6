import Content
import Foundation
import Images

/// CIFAR-100's binary file as rows (Krizhevsky 2009): of each picture a byte for its coarse class, one for its fine class,
/// then 3 × 32 × 32 bytes, red, green and blue, each row after row. The fine class is the label, by its name where
/// `fine_label_names.txt` stands beside the file, the coarse one likewise the category.
public final class CIFAR100File {
  /// How many pictures there are.
  public let count: Int
  /// What became of the pictures so far.
  public private(set) var tally = RowTally()
  private let file: OpenFile
  private let prefix: String
  private let fine: [String]
  private let coarse: [String]
  private static let side = 32
  private static let recordSize = 2 + 3 * side * side

  /// Opens a file.
  /// - Parameter run: the name that ids begin with; `nil`: the file's name without its extension.
  /// - Throws: `DatasetError` where it cannot be read, or its size is none of such a file.
  public init(_ url: URL, run: String?) throws(DatasetError) {
    do throws(DatasetError) {
      file = try OpenFile(path: url.path)
      guard let size = file.size, size > 0, size % Self.recordSize == 0 else {
        throw DatasetError("is no CIFAR-100 file, or cut: its size must be a multiple of \(Self.recordSize) bytes")
      }
      count = size / Self.recordSize
    } catch {
      throw error.named(url.path)
    }
    prefix = run ?? url.deletingPathExtension().lastPathComponent
    let folder = url.deletingLastPathComponent()
    fine = try Self.names(folder.appending(path: "fine_label_names.txt"), 100)
    coarse = try Self.names(folder.appending(path: "coarse_label_names.txt"), 20)
  }

  /// The next picture; `nil` at the end.
  /// - Throws: `DatasetError` where nothing more can be read, or a class is none of the file's.
  public func next() throws(DatasetError) -> DataRow? {
    guard tally.rows < count else { return nil }
    var record: [UInt8] = []
    while record.count < Self.recordSize {
      let piece = try file.piece(of: Self.recordSize - record.count)
      guard !piece.isEmpty else { throw DatasetError("the file became shorter while it was read") }
      record += piece
    }
    tally.rows += 1
    guard Int(record[1]) < fine.count, Int(record[0]) < coarse.count else {
      throw DatasetError("picture \(tally.rows) has class \(record[1]) of \(record[0]): it is no CIFAR-100 file")
    }
    let png: [UInt8]
    do throws(ImageError) { png = try Self.picture(record.dropFirst(2)).png() } catch { throw DatasetError("\(error)") }
    return DataRow(
      id: "\(prefix)-\(tally.rows)", input: Input(image: .data(png, mediaType: ImageFormat.png.mediaType)),
      label: fine[Int(record[1])], category: coarse[Int(record[0])], number: tally.rows)
  }

  private static func picture(_ planes: ArraySlice<UInt8>) -> Picture {
    let size = side * side
    let pixels = (0..<size).flatMap { pixel in (0..<3).map { planes[planes.startIndex + $0 * size + pixel] } }
    return Picture(width: side, height: side, pixels: pixels)
  }

  /// A name a line; numbers where there is no such file.
  private static func names(_ url: URL, _ count: Int) throws(DatasetError) -> [String] {
    guard FileManager.default.fileExists(atPath: url.path) else { return (0..<count).map { "\($0)" } }
    let text: String
    do { text = try String(contentsOf: url, encoding: .utf8) } catch {
      throw DatasetError("\(url.path) cannot be read: \(error.localizedDescription)")
    }
    let names = text.split(whereSeparator: \.isNewline).map(String.init)
    guard names.count == count else { throw DatasetError("\(url.path) has \(names.count) names, not \(count)") }
    return names
  }
}
