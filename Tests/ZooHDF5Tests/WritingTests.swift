import Glibc
import Testing
import ZooGraph
import ZooHDF5
import ZooSystem

@Suite struct WritingTests {
  let folder = TemporaryFolder()

  /// Bytes that differ from dataset to dataset.
  private func bytes(_ count: Int, seed: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &* 97) }
  }

  private func write(
    _ contents: HDF5Contents, to path: String, _ data: [(String, [UInt8])]
  ) throws {
    let writer = try HDF5Writer(path, contents)
    for (dataset, bytes) in data {
      for start in stride(from: 0, to: bytes.count, by: 1000) {
        try bytes[start..<min(start + 1000, bytes.count)].withUnsafeBytes {
          try writer.append($0, to: dataset)
        }
      }
    }
    try writer.commit()
  }

  @Test func groupsAndAttributes() throws {
    let attributes: [HDF5Attribute] = [
      .names("layer_names", ["conv1", "größe", ""]),
      .names("weight_names", []),
      .text("keras_version", "2.4.0 ✓"),
      .text("model_config", String(repeating: "{}", count: 100_000)),
      HDF5Attribute("texts", .strings(["", "a", "bc"]), shape: [3], isVariableLength: true),
      HDF5Attribute("bytes", .strings(["tensorflow"]), shape: []),
      .integer("integer", .min),
      HDF5Attribute("matrix", .integers([1, 2, 3, 4]), shape: [2, 2]),
      .float("float", 0.1),
    ]
    var contents = HDF5Contents(attributes: attributes)
    contents.addGroup("b/inner", attributes: attributes)
    contents.addGroup("b", attributes: [.integer("number", 2)])
    contents.addGroup("/a/")
    let path = folder.path + "/attributes.h5"
    try write(contents, to: path, [])

    let root = try HDF5File(path).root
    let byName = attributes.sorted { $0.name < $1.name }
    #expect(root.attributes == byName)
    #expect(root.groups.map(\.path) == ["/a", "/b"])
    guard case .group(let inner) = root["b/inner"], case .group(let outer) = root["b"] else {
      Issue.record("no groups")
      return
    }
    #expect(inner.attributes == byName)
    #expect(outer.attributes == [.integer("number", 2)])
  }

  @Test(arguments: ElementType.allCases)
  func numbers(_ type: ElementType) throws {
    let path = "\(folder.path)/\(type).h5"
    var contents = HDF5Contents()
    contents.addDataset("array", .number(type), shape: [3, 50, 7])
    contents.addDataset("layer/scalar", .number(type), shape: [], attributes: [.text("dtype", "\(type)")])
    contents.addDataset("layer/empty", .number(type), shape: [4, 0])
    let array = bytes(1050 * type.size, seed: 1)
    let scalar = bytes(type.size, seed: 2)
    try write(contents, to: path, [("/layer/scalar", scalar), ("array", array)])

    let file = try HDF5File(path)
    let dataset = try file.dataset("array")
    #expect(dataset.elementType == type)
    #expect(dataset.shape == [3, 50, 7])
    #expect(try file.bytes(of: dataset, limit: 10_000) == array)
    #expect(try file.bytes(of: file.dataset("layer/scalar"), limit: 8) == scalar)
    #expect(try file.dataset("layer/scalar").attribute("dtype")?.string == "\(type)")
    #expect(try file.dataset("layer/empty").shape == [4, 0])
    #expect(try file.bytes(of: file.dataset("layer/empty"), limit: 0) == [])
  }

  @Test func text() throws {
    let path = folder.path + "/text.h5"
    var contents = HDF5Contents()
    contents.addDataset("labels", .text(byteCount: 6), shape: [2])
    try write(contents, to: path, [("labels", Array("ant\0\0\0größe".utf8.prefix(12)))])
    let file = try HDF5File(path)
    #expect(try file.dataset("labels").type == .text(byteCount: 6))
    #expect(try file.strings(of: file.dataset("labels"), limit: 100) == ["ant", "größ"])
  }

  @Test func theSameContentsGiveTheSameBytes() throws {
    var contents = HDF5Contents(attributes: [.text("backend", "tensorflow")])
    contents.addDataset("a/x", .number(.float32), shape: [10])
    let paths = ["first", "second"].map { "\(folder.path)/\($0).h5" }
    for path in paths { try write(contents, to: path, [("a/x", bytes(40, seed: 3))]) }
    let files = try paths.map { try InputFile.contents(of: $0, limit: 1 << 20) }
    #expect(files[0] == files[1])
  }

  private func message(_ build: (inout HDF5Contents) -> Void) -> String {
    var contents = HDF5Contents()
    build(&contents)
    do {
      _ = try HDF5Writer(folder.path + "/bad.h5", contents)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func impossibleContents() {
    #expect(
      message { $0.attributes = [.names("layer_names", Array(repeating: "block1_conv1", count: 6000))] }
        .contains("'layer_names' of '/' takes 72,000 bytes, of which 64,512 fit: split it"))
    #expect(
      message {
        $0.addDataset("a", .number(.int8), shape: [1])
        $0.addDataset("a/b", .number(.int8), shape: [1])
      }.contains("two things named 'a'"))
    #expect(
      message {
        $0.addGroup("a", attributes: [.integer("x", 1)])
        $0.addGroup("a")
      }.contains("'a' is there twice"))
    #expect(
      message { $0.attributes = [.integer("x", 1), .integer("x", 2)] }.contains("'x' of '/' is there twice"))
    #expect(message { $0.addGroup("a/./b") }.contains("'a/./b' cannot be a name"))
    #expect(message { $0.addGroup("a\0b") }.contains("cannot be a name"))
    #expect(message { $0.addGroup("") }.contains("cannot be a name"))
    #expect(
      message { $0.addDataset("x", .unsupported("compound"), shape: [1]) }.contains("'compound' of 'x'"))
    #expect(
      message { $0.addDataset("x", .number(.int8), shape: [-1]) }.contains("the shape [-1] of 'x'"))
    #expect(
      message { $0.attributes = [HDF5Attribute("x", .integers([1]), shape: [2])] }
        .contains("does not have the elements of its shape"))
    #expect(message { $0.attributes = [HDF5Attribute("x", .other("?"), shape: [])] }.contains("of type '?'"))
    #expect(access(folder.path + "/bad.h5", F_OK) != 0)
  }

  @Test func incompleteFilesDoNotAppear() throws {
    let path = folder.path + "/half.h5"
    var contents = HDF5Contents()
    contents.addDataset("a/x", .number(.int8), shape: [4])
    do {
      let writer = try HDF5Writer(path, contents)
      try [UInt8](repeating: 1, count: 3).withUnsafeBytes { try writer.append($0, to: "a/x") }
      #expect(throws: FileError(path, "only 3 of 4 bytes of 'a/x' were written")) { try writer.commit() }
      #expect(throws: FileError(path, "'a/x' has room for 4 bytes, no more")) {
        try [UInt8](repeating: 1, count: 2).withUnsafeBytes { try writer.append($0, to: "a/x") }
      }
      #expect(throws: FileError(path, "has no dataset 'y'")) {
        try [UInt8]().withUnsafeBytes { try writer.append($0, to: "y") }
      }
    }
    #expect(access(path, F_OK) != 0)
    #expect(system("test -z \"$(ls -A '\(folder.path)')\"") == 0)
  }

  @Test func placesThatCannotBeWritten() {
    #expect {
      try HDF5Writer("/none/x.h5", HDF5Contents())
    } throws: { "\($0)".contains("the folder '/none' does not exist") }
    #expect {
      try HDF5Writer(folder.path, HDF5Contents())
    } throws: { "\($0)".contains("is a folder") }
  }

  /// A limit on the size of files stands for a full disk.
  @Test func helperThatCannotWrite() throws {
    let real = try HDF5Helper().locate()
    let helper = try folder.script("trap '' XFSZ; ulimit -f 0; exec '\(real)' \"$@\"")
    #expect {
      try HDF5Writer(folder.path + "/full.h5", HDF5Contents(), helper: helper)
    } throws: {
      "\($0)" == folder.path
        + "/full.h5: cannot use the file: File too large; see that there is space and permission to write"
    }
    #expect(system("test -z \"$(ls -A '\(folder.path)' | grep full)\"") == 0)
  }

  @Test(arguments: [
    // One dataset fewer than asked for; one outside the file.
    #"printf '\005\114\132\061\020\000\000\000\002\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000'"#,
    #"printf '\005\114\132\061\030\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\377\377\377\000\000\000\000\000'"#,
  ])
  func offsetsAreNotTrusted(_ script: String) throws {
    var contents = HDF5Contents()
    contents.addDataset("x", .number(.int8), shape: [4])
    #expect {
      try HDF5Writer(folder.path + "/x.h5", contents, helper: try folder.script(script + "; sleep 100"))
    } throws: { "\($0)".contains("impossible answer: datasets") }
  }

  @Test func theRootCanHaveASecondName() throws {
    var contents = HDF5Contents()
    contents.addDataset("a/b", .number(.float32), shape: [2])
    contents.addRootLink("again")
    let path = folder.path + "/link.h5"
    try write(contents, to: path, [("a/b", bytes(8, seed: 1))])
    let root = try HDF5File(path).root
    #expect(root.allDatasets.map(\.path) == ["/a/b"])
    guard case .refused(_, let reason)? = root["again"] else {
      Issue.record("no link")
      return
    }
    #expect(reason.contains("another name of the group '/'"))
  }

  @Test(arguments: ["a", "a/c", "", "x"])
  func aSecondNameOfTheRootIsNew(_ name: String) {
    var contents = HDF5Contents()
    contents.addDataset("a/b", .number(.float32), shape: [2])
    contents.addRootLink("x")
    contents.addRootLink(name)
    #expect(throws: FileError.self) { try HDF5Writer(folder.path + "/link.h5", contents) }
  }
}
