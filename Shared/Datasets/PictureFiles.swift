import Content
import Foundation
import Images

/// The picture files that rows name by their paths, read as rows are read: they stay encoded in memory.
public struct PictureFiles: Sendable, Equatable {
  private let folder: URL
  private let bounds = ImageBounds()

  /// - Parameter folder: where relative paths start; the folder of the file that has the rows.
  public init(folder: URL) { self.folder = folder }

  /// The file at a path.
  /// - Throws: `DatasetError` naming the path, and why it cannot be read, or what is wrong with the picture.
  public func picture(at path: String) throws(DatasetError) -> ImageSource {
    let url = URL(fileURLWithPath: path, relativeTo: folder)
    do throws(DatasetError) { return try read(url.path) } catch {
      throw error.named("names the picture \(url.path), which")
    }
  }

  /// The same as its file's address, once its bytes were seen to be a picture.
  /// - Throws: as `picture(at:)`.
  public func reference(to path: String) throws(DatasetError) -> ImageSource {
    let url = URL(fileURLWithPath: path, relativeTo: folder).absoluteURL.standardized
    return .url(url.absoluteString, mediaType: try Self.mediaType(of: picture(at: path)))
  }

  /// What the first bytes of a picture say that it is.
  static func mediaType(of image: ImageSource) throws(DatasetError) -> String {
    do throws(ImageError) { return try ImageFormat(of: image.fetched ?? []).mediaType } catch {
      throw DatasetError("\(error)")
    }
  }

  /// The file at an absolute path.
  /// - Throws: `DatasetError` that does not name it.
  func read(_ path: String) throws(DatasetError) -> ImageSource {
    let file = try OpenFile(path: path)
    guard let size = file.size else { throw DatasetError("is no regular file") }
    guard size <= bounds.maximumBytes else {
      throw DatasetError("has \(size) bytes; at most \(bounds.maximumBytes) are read")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    // It may grow or shrink meanwhile.
    while bytes.count <= bounds.maximumBytes {
      let piece = try file.piece(of: max(1, size - bytes.count))
      if piece.isEmpty { break }
      bytes += piece
    }
    return try checked(.data(bytes, mediaType: nil))
  }

  /// The same image, once its bytes, where they are at hand, were seen to be a picture.
  /// - Throws: `DatasetError` saying what is wrong with them.
  public func checked(_ image: ImageSource) throws(DatasetError) -> ImageSource {
    guard let bytes = image.fetched else { return image }
    do throws(ImageError) { _ = try ImageDecoder(bounds: bounds).decode(bytes) } catch {
      throw DatasetError("is no picture that can be used: \(error)")
    }
    return image
  }
}
