import Foundation

/// An open file; closed with its last reference, but for standard input.
final class OpenFile {
  /// Its size in bytes; `nil` for a pipe or a terminal, which can be read only once.
  let size: Int?
  // Owned where it was opened here.
  private let descriptor: Int32
  private let isOwned: Bool

  /// - Throws: `DatasetError` where it cannot be opened, or is a folder.
  init(path: String) throws(DatasetError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    isOwned = true
    guard descriptor >= 0 else { throw DatasetError("cannot be read: \(Self.reason)") }
    size = try Self.size(of: descriptor)
  }

  private init(standardInput: Void) throws(DatasetError) {
    descriptor = STDIN_FILENO
    isOwned = false
    size = try Self.size(of: descriptor)
  }

  static func standardInput() throws(DatasetError) -> OpenFile { try OpenFile(standardInput: ()) }

  /// Whether a file stands there that can be read again and again, or none: opening says what is wrong then.
  static func isRegular(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) != 0 || facts.st_mode & S_IFMT == S_IFREG
  }

  deinit { if isOwned, descriptor >= 0 { close(descriptor) } }

  /// Whether there are bytes, or the end, without waiting.
  var isReadable: Bool {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return size != nil || poll(&state, 1, 0) != 0
  }

  /// At most `count` of the next bytes, none at the end.
  func piece(of count: Int) throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var got = read(descriptor, buffer.baseAddress, count)
      while got < 0, errno == EINTR { got = read(descriptor, buffer.baseAddress, count) }
      if got < 0 { failure = DatasetError("cannot be read: \(Self.reason)") }
      filled = max(got, 0)
    }
    if let failure { throw failure }
    return piece
  }

  private static func size(of descriptor: Int32) throws(DatasetError) -> Int? {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw DatasetError("cannot be read: \(reason)") }
    switch facts.st_mode & S_IFMT {
    case S_IFDIR: throw DatasetError("is a folder; name a file in it")
    case S_IFREG: return Int(facts.st_size)
    default: return nil
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
