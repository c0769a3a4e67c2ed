import Glibc
import Testing
import ZooSystem

@Suite struct FilesTests {
  let folder: String

  init() {
    var template = Array("/tmp/zoo-system-XXXXXX".utf8CString)
    folder = String(cString: mkdtemp(&template))
  }

  @Test func committedFileHasItsBytes() throws {
    let path = folder + "/a.bin"
    let file = try AtomicFile(path)
    try file.write([9, 2, 3])
    try file.write([1], at: 0)
    #expect(throws: FileError.self) { try InputFile(path) }
    try file.commit()
    #expect(try InputFile.contents(of: path, limit: 10) == [1, 2, 3])
    #expect(throws: FileError.self) { try InputFile.contents(of: path, limit: 2) }
  }

  @Test func droppedFileLeavesNothing() throws {
    let path = folder + "/b.bin"
    var temporary = ""
    do {
      let file = try AtomicFile(path)
      temporary = file.temporaryPath
      try file.write("half")
    }
    #expect(access(temporary, F_OK) != 0)
    #expect(access(path, F_OK) != 0)
  }

  @Test func missingFolderIsNamed() {
    #expect {
      try AtomicFile("\(folder)/none/a.bin")
    } throws: { "\($0)".contains("/none' does not exist") }
  }

  @Test func foldersAndPipesAreNotFiles() {
    #expect(throws: FileError(folder, "is a folder", advice: "give a file")) { try InputFile(folder) }
    #expect(throws: FileError.self) { try InputFile("/dev/zero") }
  }

  @Test func readingPastTheEndThrows() throws {
    let path = folder + "/c.bin"
    let out = try AtomicFile(path)
    try out.write("abc")
    try out.commit()
    let file = try InputFile(path)
    #expect(throws: FileError.self) { try file.bytes(at: 1, count: 3) }
    #expect(try file.bytes(at: 1, count: 2) == Array("bc".utf8))
    #expect(try MappedFile(path).withBytes { $0.count } == 3)
  }

  /// Test vectors of RFC 1321, FIPS 180-2 and the CRC-32 check value.
  @Test func digests() throws {
    let path = folder + "/d.txt"
    let out = try AtomicFile(path)
    try out.write("abc")
    try out.commit()
    #expect(try Digest.ofFile(path, .md5) == "900150983cd24fb0d6963f7d28e17f72")
    #expect(
      try Digest.ofFile(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Array("123456789".utf8).withUnsafeBytes { crc32(of: $0) } == 0xCBF4_3926)
  }
}
