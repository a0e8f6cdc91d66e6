import Foundation

/// How many heaps glibc keeps, of which a thread takes one for itself while there are any left.
enum MallocArenas {
  /// From <malloc.h>, which Swift's Glibc does not have.
  private static let option: CInt = -8

  /// One more than processors, so that a thread seldom waits for another's heap, in place of eight times as many: each
  /// keeps what it once needed for a batch. `MALLOC_ARENA_MAX` in the environment stands; without glibc nothing happens.
  static func bound() {
    guard ProcessInfo.processInfo.environment["MALLOC_ARENA_MAX"] == nil, let symbol = dlsym(nil, "mallopt") else {
      return
    }
    let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
    _ = mallopt(option, CInt(ProcessInfo.processInfo.activeProcessorCount + 1))
  }
}
