import Foundation

/// A line of a JSON Lines file whose fields its reader knows by itself.
public struct JSONLine: Sendable, Equatable {
  /// Its number, from 1.
  public let number: Int
  /// What stands on it.
  public let bytes: [UInt8]

  /// The lines of a file, plain or gzip, that are not blank.
  /// - Throws: `DatasetError` where it cannot be read.
  public static func all(of url: URL) throws(DatasetError) -> [JSONLine] {
    do throws(DatasetError) {
      let records = JSONLineRecords(try ByteSource(OpenFile(path: url.path)))
      var lines: [JSONLine] = []
      while let record = try records.next() {
        switch record.content {
        case .json(let bytes): lines.append(JSONLine(number: record.line, bytes: Array(bytes)))
        case .broken(let reason): throw DatasetError("line \(record.line): \(reason)")
        case .fields: break
        }
      }
      return lines
    } catch {
      throw error.named(url.path)
    }
  }
}
