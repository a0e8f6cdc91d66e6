/// Memory aligned to 64 bytes, for C to read; whoever takes `buffers` frees them.
struct AlignedMemory {
  private(set) var buffers: [UnsafeMutableRawPointer] = []
  private(set) var byteCount = 0

  /// At least one byte, so that there is always a pointer.
  mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes), alignment: 64)
    buffers.append(buffer)
    byteCount += bytes
    return buffer
  }

  mutating func copy<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafePointer<Value> {
    let bytes = values.count * MemoryLayout<Value>.stride
    let buffer = allocate(bytes)
    values.withUnsafeBytes { buffer.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(buffer), byteCount: bytes) }
    return UnsafePointer(buffer.bindMemory(to: Value.self, capacity: values.count))
  }

  /// Frees all buffers; nothing may use them, nor free them again.
  func free() {
    for buffer in buffers { buffer.deallocate() }
  }
}
