import ZooSystem

/// A look at a shared library before the system's loader sees it: the loader maps what the file's header promises,
/// and the program is killed where the file ends earlier.
enum SharedObject {
  /// Checks the segments to be loaded. (Layout: "ELF-64 Object File Format", version 1.5, figures 2 and 6.) What is
  /// no 64-bit ELF file is left to the loader, which says so.
  ///
  /// - Throws: `PluginError` when the file is cut off, or cannot be read.
  static func checkIsComplete(_ path: String) throws(PluginError) {
    do throws(FileError) {
      let file = try InputFile(path)
      guard file.size >= 64 else { return }
      let header = try file.bytes(at: 0, count: 64)
      guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return }
      let (start, size, count) = (
        number(header, 32, 8), Int(number(header, 54, 2)), Int(number(header, 56, 2))
      )
      guard size >= 56, start <= UInt64(file.size), size * count <= file.size - Int(start) else {
        throw cutOff(path)
      }
      let table = try file.bytes(at: Int(start), count: size * count)
      for entry in stride(from: 0, to: table.count, by: size) where number(table, entry, 4) == 1 {
        let (end, overflow) = number(table, entry + 8, 8).addingReportingOverflow(
          number(table, entry + 32, 8))
        guard !overflow, end <= UInt64(file.size) else { throw cutOff(path) }
      }
    } catch {
      throw PluginError(error.reason + (error.advice.map { "; \($0)" } ?? ""))
    }
  }

  private static func cutOff(_ path: String) -> FileError {
    FileError(path, "is a shared library that is cut off or damaged", advice: "copy or build it again")
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
