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

  /// No process has the first number: it is above every limit of Linux (2^22).
  @Test func leftoversOfKilledWritersGo() throws {
    let abandoned = folder + "/.b.bin.99999999-1.tmp"
    let others = [folder + "/.b.bin.\(getppid())-1.tmp", folder + "/.c.bin.99999999-1.tmp"]
    for path in [abandoned] + others { close(open(path, O_CREAT | O_WRONLY, 0o600)) }
    _ = try AtomicFile(folder + "/b.bin")
    #expect(access(abandoned, F_OK) != 0)
    for path in others { #expect(access(path, F_OK) == 0) }
  }

  @Test func aReplacedFileStaysPrivate() throws {
    let path = folder + "/e.bin"
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    let file = try AtomicFile(path)
    try file.write("new")
    try file.commit()
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1", "is a Git LFS pointer, not HDF5; run 'git lfs pull'"),
    ("\n<html>", "is a web page, not HDF5; download the file itself"),
    ("<?xml version='1.0'?><Error/>", "is an XML document"),
    ("PK\u{3}\u{4}", "is a zip archive, not HDF5; look"),
    ("words", "is a text file, not HDF5; look"), ("\u{1}\u{2}", "is not HDF5; look"),
    ("", "is not HDF5; look"),
  ])
  func foreignFilesAreNamed(_ start: String, _ message: String) {
    let error = FileError("x", isNot: "HDF5", head: start.utf8, advice: "look")
    #expect(error.description.hasPrefix("x: " + message), "\(error)")
  }

  @Test func adviceFollowsAQuestion() {
    #expect(FileError("x", "did you mean 'y'?", advice: "see z").description == "x: did you mean 'y'? see z")
    #expect(FileError("x", "is empty", advice: "see z").description == "x: is empty; see z")
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
