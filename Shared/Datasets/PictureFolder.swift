import Content
import Foundation
import Images

/// The picture files below a folder as rows, in the order of their paths. Hidden files are left out.
public final class PictureFolder {
  /// What becomes of the files.
  public struct Rules: Sendable, Equatable {
    /// Whether the folder below this one that a file stands in is its label.
    public var takesLabels = false
    /// Whether a row has its file's address in place of its bytes.
    public var isByReference = false
    /// The name of a run, from which and the file's number its id is made; `nil`: its path below the folder.
    public var run: String?
    /// How many files may be refused before the folder is.
    public var badRows = BadRows.none

    /// Pictures without labels, as bytes, of which every one must be good.
    public init() {}
  }

  /// How many files there are.
  public var count: Int { paths.count }
  /// What became of the files so far.
  public private(set) var tally = RowTally()
  private let folder: URL
  private let paths: [String]
  private let files: PictureFiles
  private let rules: Rules
  private let onRefusal: (RowTally.Refusal) -> Void

  /// Lists a folder.
  /// - Parameter onRefusal: called with each file that is refused.
  /// - Throws: `DatasetError` where it or a folder below it cannot be read, or where there is no file.
  public init(
    _ folder: URL, rules: Rules, onRefusal: @escaping (RowTally.Refusal) -> Void = { _ in }
  ) throws(DatasetError) {
    (self.folder, self.rules, self.onRefusal) = (folder, rules, onRefusal)
    files = PictureFiles(folder: folder)
    paths = try Self.paths(in: folder, below: "")
    guard !paths.isEmpty else { throw DatasetError("\(folder.path) has no files") }
  }

  /// The next picture; `nil` at the end.
  /// - Throws: `DatasetError` at the end, where more files were refused than the rules allow.
  public func next() throws(DatasetError) -> DataRow? {
    while tally.rows < paths.count {
      let path = paths[tally.rows]
      tally.rows += 1
      do throws(DatasetError) { return try row(path) } catch {
        onRefusal(tally.refuse("\(path) \(error)", line: nil))
      }
    }
    do throws(DatasetError) { try tally.check(rules.badRows) } catch { throw error.named(folder.path) }
    return nil
  }

  private func row(_ path: String) throws(DatasetError) -> DataRow {
    let url = folder.appending(path: path)
    guard OpenFile.isRegular(url.path) else { throw DatasetError("is no regular file") }
    let image = try files.read(url.path)
    let mediaType = try PictureFiles.mediaType(of: image)
    let source: ImageSource =
      rules.isByReference
      ? .url(url.absoluteURL.absoluteString, mediaType: mediaType) : .data(image.fetched ?? [], mediaType: mediaType)
    let parts = path.split(separator: "/")
    return DataRow(
      id: rules.run.map { "\($0)-\(tally.rows)" } ?? path, input: Input(image: source),
      label: rules.takesLabels && parts.count > 1 ? parts.first.map(String.init) : nil, number: tally.rows)
  }

  /// Links to folders are not followed: they may lead in a circle.
  private static func paths(in folder: URL, below prefix: String) throws(DatasetError) -> [String] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
      throw DatasetError("\(folder.path) cannot be read: \(error.localizedDescription)")
    }
    var paths: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let url = folder.appending(path: name)
      var isFolder = false
      do { isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false } catch {
        throw DatasetError("\(url.path) cannot be read: \(error.localizedDescription)")
      }
      paths += isFolder ? try Self.paths(in: url, below: prefix + name + "/") : [prefix + name]
    }
    return paths
  }
}
