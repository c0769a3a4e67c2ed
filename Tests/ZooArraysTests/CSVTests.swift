import Testing
import ZooArrays
import ZooSystem

@Suite struct CSVTests {
  let folder = TemporaryFolder()

  private func text(_ path: String) throws -> String {
    String(decoding: try contents(path), as: UTF8.self)
  }

  @Test func quotesWhereNeeded() throws {
    let writer = try CSVWriter(folder("a.csv"), columns: ["path", "a,b", "label"])
    try writer.append([.text("plain é.jpg"), .text("say \"hi\""), .integer(-3)])
    try writer.append([.text("two\nlines"), .text(""), .text("cr\r")])
    try writer.finish()
    #expect(
      try text(folder("a.csv")) == "path,\"a,b\",label\r\nplain é.jpg,\"say \"\"hi\"\"\",-3\r\n"
        + "\"two\nlines\",,\"cr\r\"\r\n")
  }

  @Test func floatsComeBackTheSame() throws {
    var generator = SplitMix64(seed: 4)
    let values =
      [0, -0.0, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 16_777_216, 1 / 3]
      + (0..<1000).map { _ in Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator)) }
    let writer = try CSVWriter(folder("a.csv"), columns: values.indices.map { "f\($0)" })
    try writer.append([], values: values)
    try writer.append([.float(values[0])], values: Array(values.dropFirst()))
    try writer.finish()
    let rows = try text(folder("a.csv")).split(separator: "\r\n").dropFirst()
    #expect(rows.count == 2)
    for row in rows {
      #expect(row.split(separator: ",").map { Float($0)?.bitPattern } == values.map(\.bitPattern))
    }
  }

  @Test func emptyFieldAloneIsNotAnEmptyLine() throws {
    let writer = try CSVWriter(folder("a.csv"), columns: ["path"])
    try writer.append([.text("")])
    try writer.finish()
    #expect(try text(folder("a.csv")) == "path\r\n\"\"\r\n")
  }

  @Test func refusesRowsOfAnotherLength() throws {
    let writer = try CSVWriter(folder("a.csv"), columns: ["a", "b"])
    #expect(refusal { try writer.append([.integer(1)]) }?.contains("has 2 columns, not 1") == true)
    #expect(refusal { try writer.append([.integer(1)], values: [1, 2]) } != nil)
  }

  @Test func droppedWriterLeavesNothing() throws {
    do { try CSVWriter(folder("a.csv"), columns: ["a"]).append([.integer(1)]) }
    #expect(try folder.contents == [])
  }
}
