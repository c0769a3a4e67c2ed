import Glibc
import ZooGraph
import ZooSystem

extension ReadTensor {
  /// How its numbers are stored; `nil` for what is no tensor of numbers that layers have.
  var elementType: ElementType? {
    switch type {
    case 1: .float32
    case 6: .int32
    case 7: .int64
    case 10: .float16
    case 11: .float64
    case 16: .bfloat16
    default: nil
    }
  }
}

extension ONNXFile {
  /// Calls `body` with the bytes of a tensor, as many as its shape says.
  ///
  /// - Throws: `FileError` where they are not, and what `body` throws.
  func withBytes<Result>(
    of tensor: ReadTensor, _ body: (UnsafeRawBufferPointer, ElementType) throws -> Result
  ) throws -> Result {
    guard let type = tensor.elementType else {
      throw damaged(tensor, "has elements of the type number \(tensor.type), which is not supported")
    }
    guard let count = elementCountOf(tensor.shape + [type.size]) else {
      throw damaged(tensor, "has the impossible shape \(tensor.shape)")
    }
    if tensor.isExternal {
      return try withExternalBytes(of: tensor, count: count) { try body($0, type) }
    }
    switch tensor.numbers {
    case .bytes(let range):
      guard range.count == count else {
        throw damaged(tensor, "has \(range.count) bytes instead of \(count)")
      }
      defer { file.release(range) }
      return try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range]), type) }
    case .listed(let numbers):
      guard numbers.count * type.size == count else {
        throw damaged(tensor, "lists \(numbers.count) numbers for the shape \(tensor.shape)")
      }
      let bytes = numbers.flatMap { number in
        (0..<type.size).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      }
      return try bytes.withUnsafeBytes { try body($0, type) }
    case .none:
      guard count == 0 else { throw damaged(tensor, "has no numbers") }
      return try body(UnsafeRawBufferPointer(start: nil, count: 0), type)
    }
  }

  /// Files of weights lie beside the model, never elsewhere.
  private func withExternalBytes<Result>(
    of tensor: ReadTensor, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard let location = tensor.external["location"], !location.isEmpty, !location.contains("/"),
      !location.contains("\0"), location != "..", location != "."
    else {
      throw damaged(
        tensor, "names the file '\(tensor.external["location"] ?? "")', which is not beside the model")
    }
    let folder = file.path.lastIndex(of: "/").map { String(file.path[...$0]) } ?? ""
    var status = stat()
    guard lstat(folder + location, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw damaged(tensor, "is in '\(location)', and no such file is beside the model")
    }
    let offset = tensor.external["offset"].map { Int($0) ?? -1 } ?? 0
    let length = tensor.external["length"].map { Int($0) ?? -1 } ?? count
    let data = try MappedFile(folder + location)
    guard offset >= 0, length == count, offset <= data.count, data.count - offset >= count else {
      throw damaged(tensor, "is not within '\(location)', where the model says it is")
    }
    return try data.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
  }

  func damaged(_ tensor: ReadTensor, _ reason: String) -> FileError {
    FileError(file.path, "tensor '\(tensor.name)' \(reason)", advice: "export or fetch it again")
  }

  /// The numbers of a small tensor.
  func floats(of tensor: ReadTensor) throws -> [Float] {
    try withBytes(of: tensor) { bytes, type in
      guard bytes.count <= 1 << 24 else { throw damaged(tensor, "has too many numbers for a constant") }
      return [Float](unsafeUninitializedCapacity: bytes.count / type.size) { floats, count in
        type.convert(bytes, to: floats)
        count = bytes.count / type.size
      }
    }
  }

  /// The value of a tensor of one truth value.
  func flag(_ tensor: ReadTensor) throws -> Bool {
    switch (tensor.type, tensor.numbers) {
    case (9, .bytes(let range)) where range.count == 1: return file.withBytes { $0[range.lowerBound] != 0 }
    case (9, .listed(let numbers)) where numbers.count == 1: return numbers[0] != 0
    default: throw damaged(tensor, "should be true or false")
    }
  }

  /// The whole numbers of a small tensor.
  func integers(of tensor: ReadTensor) throws -> [Int] {
    try withBytes(of: tensor) { bytes, type in
      guard bytes.count <= 1 << 16 else { throw damaged(tensor, "has too many numbers for a shape") }
      switch type {
      case .int64:
        return stride(from: 0, to: bytes.count, by: 8).map {
          bytes.loadUnaligned(fromByteOffset: $0, as: Int.self)
        }
      case .int32:
        return stride(from: 0, to: bytes.count, by: 4).map {
          Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self))
        }
      case .float16, .bfloat16, .float32, .float64, .int8, .int16, .uint8, .uint16, .uint32, .uint64, .bool:
        throw damaged(tensor, "should hold whole numbers")
      }
    }
  }
}
