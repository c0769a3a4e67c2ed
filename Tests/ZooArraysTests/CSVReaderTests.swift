import Testing
import ZooArrays
import ZooSystem

@Suite struct CSVReaderTests {
  let folder = TemporaryFolder()

  private func read(_ text: String) throws -> CSVReader {
    let file = try AtomicFile(folder.path + "/table.csv")
    try file.write(text)
    try file.commit()
    return try CSVReader(file.path)
  }

  @Test(arguments: [
    "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "\u{FEFF}a,b\r1,2\r3,4", "a,b\n\n1,2\n\n\n3,4\n\n",
  ])
  func linesMayEndInAnyWay(text: String) throws {
    let table = try read(text)
    #expect(table.header.fields == ["a", "b"])
    #expect(table.rows.map(\.fields) == [["1", "2"], ["3", "4"]])
  }

  @Test func quotedFieldsHoldAnything() throws {
    let table = try read("path,\"a, \"\"b\"\"\"\n\"x\ny\",\n,\"\"\n")
    #expect(table.header.fields == ["path", "a, \"b\""])
    #expect(table.rows.map(\.fields) == [["x\ny", ""], ["", ""]])
    #expect(table.rows.map(\.line) == [2, 4])
  }

  @Test(arguments: [
    ("", "is empty"), ("a,b\n1,2\n3\n", "line 3: has 1 fields, the header has 2"),
    ("a,b\n1,\"2\n", "line 2: a quoted field does not end"), ("a\n\"1\"2\n", "line 2: there is something"),
  ])
  func whatIsNoTableIsRefused(text: String, reason: String) {
    let error = #expect(throws: FileError.self) { try read(text) }
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
  }

  @Test func otherEncodingsAreRefused() throws {
    let file = try AtomicFile(folder.path + "/latin.csv")
    try file.write(Array("a\n".utf8) + [0xE4, 0x0A])
    try file.commit()
    #expect { try CSVReader(file.path) } throws: { "\($0)".hasSuffix("line 2: is not UTF-8") }
  }
}
