import Foundation

/// A folder that keeps features of pictures from one process to the next: for rounds of distillation and experiments, which
/// look at the same pictures again and again. A router has no use for it.
///
/// Each encoder has two files there, `VERSION.features` and `VERSION.older.features`: when the first has half of the bytes
/// that both may take, it becomes the second, whose pictures are forgotten. Processes may share a folder.
public struct FeatureFolder: Sendable, Equatable {
  /// Where it is.
  public let url: URL
  /// Bytes that an encoder's files may take, at most; 1 GiB holds 208,000 pictures of 1,280 features.
  let maximumBytes: Int

  /// A folder, which is made where it is not there.
  public init(_ url: URL, maximumBytes: Int = 1 << 30) { (self.url, self.maximumBytes) = (url, maximumBytes) }

  /// The files of an encoder.
  /// - Throws: `EncoderError` where they cannot be read or made.
  func features(of version: String, columns: Int) throws(EncoderError) -> StoredFeatures {
    try StoredFeatures(self, version: version, columns: columns)
  }
}

/// The features that a folder keeps of one encoder. Not `Sendable`: it stays with the encoder.
///
/// A file is records of a key (SHA-256 of the pixels, their width) and `columns` float32, in the machine's order of bytes;
/// each is appended by one call, so that processes do not write into each other's records.
final class StoredFeatures {
  private let newer: URL
  private let older: URL
  private let columns: Int
  private let maximumBytes: Int
  private var size: Int
  private var output: FileHandle
  private var places: [PictureKey: Place] = [:]

  private struct Place {
    let file: FileHandle
    let offset: Int
  }

  private var recordSize: Int { PictureKey.byteCount + columns * MemoryLayout<Float>.size }

  init(_ folder: FeatureFolder, version: String, columns: Int) throws(EncoderError) {
    newer = folder.url.appending(path: "\(version).features")
    older = folder.url.appending(path: "\(version).older.features")
    (self.columns, maximumBytes) = (columns, folder.maximumBytes)
    do {
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
      (output, size) = try Self.opened(newer)
    } catch { throw Self.error(newer, error) }
    do {
      if FileManager.default.fileExists(atPath: older.path) { try read(older, FileHandle(forReadingFrom: older)) }
      try read(newer, output)
    } catch { throw Self.error(newer, error) }
  }

  /// The features of a picture; `nil` where they are not here, or where what is here is none: features have length 1.
  func features(of key: PictureKey) throws(EncoderError) -> [Float]? {
    guard let place = places[key] else { return nil }
    let bytes: Data?
    do {
      try place.file.seek(toOffset: UInt64(place.offset + PictureKey.byteCount))
      bytes = try place.file.read(upToCount: recordSize - PictureKey.byteCount)
    } catch { throw Self.error(newer, error) }
    guard let bytes, bytes.count == recordSize - PictureKey.byteCount else { return nil }
    let features = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    return abs(features.reduce(0) { $0 + $1 * $1 } - 1) < 1e-3 ? features : nil
  }

  /// Keeps the features of a picture.
  func append(_ features: ArraySlice<Float>, of key: PictureKey) throws(EncoderError) {
    do {
      if size + recordSize > maximumBytes / 2 { try turn() }
      try output.write(contentsOf: Data(key.bytes) + features.withUnsafeBytes { Data($0) })
      // Another process may have appended meanwhile.
      size = Int(try output.offset())
    } catch { throw Self.error(newer, error) }
    places[key] = Place(file: output, offset: size - recordSize)
  }

  /// The first file becomes the second, and a new one begins.
  private func turn() throws {
    guard rename(newer.path, older.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    (output, size) = try Self.opened(newer)
  }

  /// A file to append to, and its size.
  private static func opened(_ url: URL) throws -> (FileHandle, Int) {
    let descriptor = open(url.path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    return (file, Int(try file.seekToEnd()))
  }

  /// Notes where a file has what. A file that was cut off amid a record holds nothing that can be trusted behind it.
  private func read(_ url: URL, _ file: FileHandle) throws {
    let bytes = try Data(contentsOf: url, options: .alwaysMapped)
    bytes.withUnsafeBytes { bytes in
      for offset in stride(from: 0, through: bytes.count - recordSize, by: recordSize) {
        let key = PictureKey(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + PictureKey.byteCount]))
        places[key] = Place(file: file, offset: offset)
      }
    }
    guard bytes.count % recordSize != 0, url == newer else { return }
    try file.truncate(atOffset: UInt64(bytes.count - bytes.count % recordSize))
  }

  private static func error(_ url: URL, _ error: any Error) -> EncoderError {
    EncoderError(
      "features of pictures cannot be kept in \(url.path): \(error.localizedDescription); mend that, or name another "
        + "folder in SHUNT_FEATURES")
  }
}
