import Testing
import ZooArrays

@Suite struct ZipTests {
  let folder = TemporaryFolder()
  let limit = 1 << 20

  @Test func readsKerasArchive() throws {
    let archive = try ZipArchive(golden("model.keras"))
    #expect(archive.entries.map(\.name) == ["metadata.json", "config.json", "model.weights.h5"])
    let metadata = try archive.bytes(of: archive.entry("metadata.json"), limit: limit)
    #expect(String(decoding: metadata, as: UTF8.self) == #"{"keras_version": "3.0.0"}"#)
    try archive.extract(archive.entry("model.weights.h5"), to: folder("w.h5"), limit: 108)
    #expect(try contents(folder("w.h5")) == [0x89, 0x48, 0x44, 0x46, 13, 10, 0x1A, 10] + Array(0..<100))
    #expect(
      refusal { _ = try archive.entry("none") }?.contains("it has 'metadata.json', 'config.json'") == true)
  }

  @Test func refusesMoreThanTheLimit() throws {
    let archive = try ZipArchive(golden("model.keras"))
    let entry = try archive.entry("model.weights.h5")
    #expect(refusal { _ = try archive.bytes(of: entry, limit: 107) }?.contains("108 bytes") == true)
    #expect(refusal { try archive.extract(entry, to: folder("w.h5"), limit: 107) } != nil)
    #expect(try folder.contents == [])
  }

  @Test func writesMembersInOrder() throws {
    let source = try folder.file(Array("weights".utf8), "source")
    var made: [[UInt8]] = []
    for name in ["a.keras", "b.keras"] {
      let writer = try ZipWriter(folder(name))
      try writer.add("z.json", Array("{}".utf8))
      try writer.add("empty", [])
      try writer.add("größe/w.h5", contentsOf: source)
      #expect(try !folder.contents.contains(name))
      try writer.finish()
      made.append(try contents(folder(name)))
    }
    #expect(made[0] == made[1], "the same members give the same bytes")
    #expect(try folder.contents == ["a.keras", "b.keras", "source"])
    let archive = try ZipArchive(folder("a.keras"))
    #expect(archive.entries.map(\.name) == ["z.json", "empty", "größe/w.h5"])
    #expect(archive.entries.allSatisfy { $0.size == $0.compressedSize })
    let weights = try archive.bytes(of: archive.entry("größe/w.h5"), limit: limit)
    #expect(weights == Array("weights".utf8))
    #expect(try archive.bytes(of: archive.entry("empty"), limit: limit) == [])
  }

  @Test func droppedWriterLeavesNothing() throws {
    do {
      let writer = try ZipWriter(folder("a.keras"))
      try writer.add("z.json", Array("{}".utf8))
    }
    #expect(try folder.contents == [])
  }

  @Test(arguments: ["", "/a", "../a", "a/../../b", "a\\b", "c:a", "a\nb", "folder/"])
  func refusesToWriteUnsafeNames(_ name: String) throws {
    let writer = try ZipWriter(folder("a.zip"))
    #expect(refusal { try writer.add(name, [1]) } != nil)
  }

  @Test func refusesToWriteTwoOfOneName() throws {
    let writer = try ZipWriter(folder("a.zip"))
    try writer.add("a", [1])
    #expect(refusal { try writer.add("a", [2]) } != nil)
    #expect(
      refusal { try writer.add("b", contentsOf: folder("none")) }?.contains("none: cannot open") == true)
    try writer.finish()
    #expect(refusal { try writer.finish() } != nil)
  }
}

/// Zip files made byte by byte (PKWARE APPNOTE 6.3), to be able to lie.
struct HandmadeZip {
  var name = "a.npy"
  var secondName: String?
  var data: [UInt8] = [1, 2, 3, 4]
  var declaredSize: UInt32?
  var declaredCompressedSize: UInt32?
  var crc: UInt32 = 0xB63C_FBCD
  var method: UInt16 = 0
  var flags: UInt16 = 0
  /// Adds a 64-bit end record that claims this many members.
  var claimedMembers: UInt64?

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    let names = [name] + (secondName.map { [$0] } ?? [])
    for name in names {
      let offset = UInt64(bytes.count)
      bytes += [0x50, 0x4B, 3, 4] + littleEndian(20, 2) + common(name) + Array(name.utf8) + data
      directory += [0x50, 0x4B, 1, 2] + littleEndian(20, 2) + littleEndian(20, 2) + common(name)
      directory += littleEndian(0, 10) + littleEndian(offset, 4) + Array(name.utf8)
    }
    let start = UInt64(bytes.count)
    bytes += directory
    if let claimedMembers {
      let record = UInt64(bytes.count)
      bytes +=
        [0x50, 0x4B, 6, 6] + littleEndian(44, 8) + littleEndian(45, 2) + littleEndian(45, 2)
        + littleEndian(0, 8)
      bytes += littleEndian(claimedMembers, 8) + littleEndian(claimedMembers, 8)
      bytes += littleEndian(UInt64(directory.count), 8) + littleEndian(start, 8)
      bytes += [0x50, 0x4B, 6, 7] + littleEndian(0, 4) + littleEndian(record, 8) + littleEndian(1, 4)
    }
    let count = claimedMembers == nil ? UInt64(names.count) : 0xFFFF
    bytes += [0x50, 0x4B, 5, 6] + littleEndian(0, 4) + littleEndian(count, 2) + littleEndian(count, 2)
    bytes += littleEndian(claimedMembers == nil ? UInt64(directory.count) : 0xFFFF_FFFF, 4)
    return bytes + littleEndian(claimedMembers == nil ? start : 0xFFFF_FFFF, 4) + littleEndian(0, 2)
  }

  private func common(_ name: String) -> [UInt8] {
    let compressed = UInt64(declaredCompressedSize ?? UInt32(data.count))
    let size = UInt64(declaredSize ?? UInt32(data.count))
    return littleEndian(UInt64(flags), 2) + littleEndian(UInt64(method), 2) + littleEndian(0x21_0000, 4)
      + littleEndian(UInt64(crc), 4) + littleEndian(compressed, 4) + littleEndian(size, 4)
      + littleEndian(UInt64(name.utf8.count), 2) + littleEndian(0, 2)
  }
}

@Suite struct HostileZipTests {
  let folder = TemporaryFolder()

  /// What opening and reading all members of `zip` is refused with.
  private func refusalOf(_ zip: HandmadeZip) throws -> String? {
    let path = try folder.file(zip.bytes)
    return refusal {
      let archive = try ZipArchive(path)
      for entry in archive.entries { _ = try archive.bytes(of: entry, limit: 1 << 30) }
    }
  }

  @Test func honestOneIsRead() throws {
    #expect(try refusalOf(HandmadeZip()) == nil)
    #expect(try refusalOf(HandmadeZip(claimedMembers: 1)) == nil)
  }

  @Test(arguments: ["../a.npy", "/etc/passwd", "a/../../b", "..", "a\nb", "c:\\a"])
  func unsafeNames(_ name: String) throws {
    let line = try #require(try refusalOf(HandmadeZip(name: name)))
    #expect(line.contains("unsafe name") && !line.contains("\n"))
  }

  @Test(
    arguments: [
      (HandmadeZip(secondName: "a.npy"), "two members named 'a.npy'"), (HandmadeZip(crc: 1), "CRC"),
      (HandmadeZip(declaredSize: 3), "claims 3 bytes in 4"),
      (HandmadeZip(declaredSize: 5), "claims 5 bytes in 4"),
      (HandmadeZip(declaredSize: 1 << 13, method: 8), "claims 8192 bytes in 4"),
      (HandmadeZip(declaredSize: 1 << 31), "claims 2147483648 bytes in 4"),
      (HandmadeZip(declaredCompressedSize: 1 << 31), "claims 4 bytes in 2147483648"),
      (HandmadeZip(method: 12), "compression method 12"), (HandmadeZip(method: 8), "is damaged"),
      (HandmadeZip(flags: 1), "is encrypted"),
      (HandmadeZip(claimedMembers: 1 << 40), ""),
      (HandmadeZip(claimedMembers: 1 << 26), ""),
    ])
  func lies(_ zip: HandmadeZip, _ reason: String) throws {
    let line = try #require(try refusalOf(zip))
    #expect(line.contains(reason) && !line.contains("\n"))
  }

  /// 1 MB of zeros deflates to 1 KB: a member that inflates to more than it declares ends where it declared.
  @Test func inflatesNoMoreThanDeclared() throws {
    var bytes = try contents(golden("deflated.npz"))
    let real = littleEndian(128 + 64 * 1024 * 4, 4)
    let places = bytes.indices.dropLast(4).filter { Array(bytes[$0..<$0 + 4]) == real }
    #expect(!places.isEmpty)
    for place in places { bytes.replaceSubrange(place..<place + 4, with: littleEndian(1000, 4)) }
    let path = try folder.file(bytes)
    let line = refusal {
      let archive = try ZipArchive(path)
      _ = try archive.bytes(of: archive.entry("zeros.npy"), limit: 2000)
    }
    #expect(line?.contains("zeros.npy") == true)
  }

  @Test func namesWhatItIsInstead() throws {
    let path = try folder.file(Array("version https://git-lfs.github.com/spec/v1\noid".utf8))
    #expect(refusal { _ = try ZipArchive(path) }?.contains("git lfs pull") == true)
    #expect(refusal { _ = try ZipArchive(golden("float32.npy")) }?.contains("a .npy array") == true)
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try contents(golden("model.keras"))
    for count in 0..<bytes.count {
      let path = try folder.file(Array(bytes.prefix(count)))
      #expect(refusal { _ = try ZipArchive(path) } != nil, "\(count) bytes")
    }
  }
}
