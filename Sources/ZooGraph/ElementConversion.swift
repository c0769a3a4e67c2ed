extension ElementType {
  /// Converts little-endian elements to floats: as many as both buffers hold. `bool` becomes 0 or 1; integers
  /// and doubles are rounded to the nearest float.
  public func convert(_ bytes: UnsafeRawBufferPointer, to floats: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .float32: map(bytes, floats) { (value: Float) in value }
    case .float64: map(bytes, floats) { (value: Double) in Float(value) }
    case .float16: map(bytes, floats) { (value: UInt16) in Float(Float16(bitPattern: value)) }
    case .bfloat16: map(bytes, floats) { (value: UInt16) in Float(bitPattern: UInt32(value) << 16) }
    case .int8: map(bytes, floats) { (value: Int8) in Float(value) }
    case .int16: map(bytes, floats) { (value: Int16) in Float(value) }
    case .int32: map(bytes, floats) { (value: Int32) in Float(value) }
    case .int64: map(bytes, floats) { (value: Int64) in Float(value) }
    case .uint8: map(bytes, floats) { (value: UInt8) in Float(value) }
    case .uint16: map(bytes, floats) { (value: UInt16) in Float(value) }
    case .uint32: map(bytes, floats) { (value: UInt32) in Float(value) }
    case .uint64: map(bytes, floats) { (value: UInt64) in Float(value) }
    case .bool: map(bytes, floats) { (value: UInt8) in value == 0 ? 0 : 1 }
    }
  }

  package func map<Source: BitwiseCopyable, Target>(
    _ bytes: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Target>,
    _ convert: (Source) -> Target
  ) {
    let size = MemoryLayout<Source>.size
    for index in 0..<min(target.count, bytes.count / size) {
      target[index] = convert(bytes.loadUnaligned(fromByteOffset: index * size, as: Source.self))
    }
  }
}
