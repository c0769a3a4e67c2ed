extension String {
  /// Filled up with spaces on the right.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// Filled up with spaces on the left.
  func rightAligned(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}

/// Columns as wide as their widest cell. Numbers stand on the right.
func table(_ header: [String], _ rows: [[String]], right: Set<Int> = []) -> String {
  let widths = header.indices.map { column in
    ([header] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return ([header] + rows).map { row in
    let cells = zip(row, widths).enumerated().map { column, cell in
      right.contains(column) ? cell.0.rightAligned(to: cell.1) : cell.0.padded(to: cell.1)
    }
    let line = cells.joined(separator: "  ")
    return String(line.utf8.lastIndex { $0 != UInt8(ascii: " ") }.map { line[...$0] } ?? "")
  }.joined(separator: "\n")
}
