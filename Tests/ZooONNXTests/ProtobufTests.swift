import Testing

@testable import ZooONNX

/// Bytes as the specification of Protocol Buffers has them.
@Suite struct ProtobufTests {
  private func bytes(_ change: (inout ProtobufMessage) -> Void) -> [UInt8] {
    var message = ProtobufMessage()
    change(&message)
    return message.bytes
  }

  @Test(
    arguments: [
      (0, [0x08, 0x00]), (1, [0x08, 0x01]), (127, [0x08, 0x7F]), (128, [0x08, 0x80, 0x01]),
      (150, [0x08, 0x96, 0x01]),
      (300, [0x08, 0xAC, 0x02]), (-1, [0x08] + Array(repeating: 0xFF, count: 9) + [0x01]),
    ] as [(Int, [UInt8])])
  func numbers(_ value: Int, _ expected: [UInt8]) {
    #expect(bytes { $0.add(1, value) } == expected)
  }

  @Test func fractionsTextsAndMessages() {
    #expect(bytes { $0.add(2, Float(1)) } == [0x15, 0, 0, 0x80, 0x3F])
    #expect(bytes { $0.add(2, "testing") } == [0x12, 7] + Array("testing".utf8))
    #expect(bytes { $0.add(2, "ü\0\n") } == [0x12, 4, 0xC3, 0xBC, 0, 10])
    #expect(bytes { $0.add(16, [3, 270]) } == [0x80, 0x01, 3, 0x80, 0x01, 0x8E, 0x02])
    var inner = ProtobufMessage()
    inner.add(1, 150)
    #expect(bytes { $0.add(3, inner) } == [0x1A, 3, 0x08, 0x96, 0x01])
  }

  /// The head of a field is that of the field with its content.
  @Test(arguments: [0, 1, 127, 128, 20_000])
  func openFields(_ count: Int) {
    let content = [UInt8](repeating: 7, count: count)
    var opened = ProtobufMessage()
    opened.open(9, length: count)
    #expect(opened.bytes + content == bytes { $0.add(9, content) })
  }

  @Test func whatIsWrittenIsRead() throws {
    let message = bytes {
      $0.add(1, -5)
      $0.add(2, Float(0.5))
      $0.add(900, "a")
    }
    try message.withUnsafeBytes { bytes in
      var reader = ProtobufReader(bytes, 0..<bytes.count)
      let first = try reader.next()
      #expect(first?.field == 1 && first?.value == .number(UInt64(bitPattern: -5)))
      let second = try reader.next()
      #expect(second?.field == 2 && second?.value == .bits32(Float(0.5).bitPattern))
      let third = try reader.next()
      #expect(third?.field == 900 && third?.value == .content(bytes.count - 1..<bytes.count))
      #expect(try reader.next() == nil)
    }
  }

  /// A few bytes each in the file, but eight in memory.
  @Test func listsAreBounded() throws {
    let message = bytes { $0.add(8, [0x01, 0x02, 0xAC, 0x02] as [UInt8]) }
    try message.withUnsafeBytes { bytes in
      var reader = ProtobufReader(bytes, 0..<bytes.count)
      let value = try #require(try reader.next()).value
      #expect(try ProtobufReader.numbers(value, in: bytes, limit: 3) == [1, 2, 300])
      #expect(throws: ONNXDamage.self) { try ProtobufReader.numbers(value, in: bytes, limit: 2) }
    }
  }

  @Test(
    arguments: [
      [0x08], [0x08, 0x80], [0x0A, 0x02, 0x41],
      [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      [0x08] + Array(repeating: 0xFF, count: 10) + [1], [0x0B], [0x0F], [0x00, 0x01], [0x15, 0, 0],
      [0x11, 0],
    ] as [[UInt8]])
  func damageIsToldApart(_ damaged: [UInt8]) {
    damaged.withUnsafeBytes { bytes in
      var reader = ProtobufReader(bytes, 0..<bytes.count)
      #expect(throws: ONNXDamage.self) { while try reader.next() != nil {} }
    }
  }
}
