import Foundation

/// Reads an image from a file system. It blocks.
enum ImageFile {
  /// A file's bytes. What is checked against the prefixes is the path of the file that was opened, so that no link leads
  /// out of them, whenever it is made.
  /// - Throws: `ImageFetchError`.
  static func read(
    _ address: ImageAddress, allowed: AllowedImages, maximumBytes: Int
  ) throws(ImageFetchError) -> [UInt8] {
    // Without waiting: a pipe has no end.
    let descriptor = open(address.filePath, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw failure(errno, address, allowed) }
    defer { close(descriptor) }
    guard let path = realPath(of: descriptor) else { throw .file(errno, at: address) }
    guard allowed.prefixes.contains(where: { $0.holds(realPath: path) }) else {
      throw ImageFetchError(.image, .notAllowed, "a link leads out of images.allowed", at: address.text)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .file(errno, at: address) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ImageFetchError(.image, .missing, "it is no regular file", at: address.text)
    }
    guard Int(status.st_size) <= maximumBytes else { throw .tooLarge(maximumBytes, at: address) }
    return try bytes(of: descriptor, size: Int(status.st_size), maximumBytes, address)
  }

  private static func bytes(
    of descriptor: Int32, size: Int, _ maximum: Int, _ address: ImageAddress
  ) throws(ImageFetchError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Foundation.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .file(errno, at: address) }
      if count == 0 { return bytes }
      guard bytes.count + count <= maximum else { throw .tooLarge(maximum, at: address) }
      bytes.append(contentsOf: part[..<count])
    }
  }

  /// A file is missing by itself, or with its whole folder, as where that is not mounted.
  private static func failure(
    _ code: Int32, _ address: ImageAddress, _ allowed: AllowedImages
  ) -> ImageFetchError {
    for prefix in allowed.prefixes where prefix.admits(address) && prefix.realFolder == nil {
      return ImageFetchError(
        .world, .connection, "the folder \(prefix.folder) of images.allowed cannot be read", at: address.text)
    }
    return .file(code, at: address)
  }

  private static func realPath(of descriptor: Int32) -> String? {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    #if os(Linux)
      guard readlink("/proc/self/fd/\(descriptor)", &path, Int(PATH_MAX)) > 0 else { return nil }
    #else
      guard fcntl(descriptor, F_GETPATH, &path) == 0 else { return nil }
    #endif
    return path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
  }
}

extension ImagePrefix {
  /// The folder's path without links; `nil` where it cannot be read.
  fileprivate var realFolder: String? {
    // The string that realpath makes is the caller's to free.
    guard let path = realpath(folder, nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// Whether a path without links is at this place or below it.
  fileprivate func holds(realPath: String) -> Bool {
    guard address.scheme == .file, let realFolder else { return false }
    return realPath == realFolder || realPath.hasPrefix(realFolder == "/" ? "/" : realFolder + "/")
  }
}
