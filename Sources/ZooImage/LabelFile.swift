import Glibc
import ZooArrays
import ZooSystem

/// The classes of pictures in a CSV file: a header, then a line a picture. The column that is called `filename`, `path`
/// or alike, else the first one that has a name, is the picture's path, absolute or from the folder of the pictures. Then
/// there are
/// - one column with the picture's class, or with several separated by `|`, `;` or `,` in quotes; or
/// - a column for each class, named after it, with 1 where the picture shows it and 0 where not.
///
/// A first column without a name is pandas' count of the lines.
///
/// A column `is_valid` (fastai's: `True` or `False`) or `split` (`train` or `val`) says what is held out.
struct LabelFile {
  private let path: String
  private let table: CSVReader
  /// The columns with classes.
  private let columns: [Int]
  private let splitColumn: Int?
  private let pathColumn: Int

  private static let splitNames = ["is_valid", "split"]
  private static let pathNames = [
    "filename", "file_name", "filepath", "file_path", "file", "path", "image", "image_path", "imagepath",
    "picture",
  ]

  /// - Throws: `FileError`.
  init(_ path: String) throws(FileError) {
    self.path = path
    table = try CSVReader(path)
    let names = table.header.fields
    splitColumn = names.firstIndex { Self.splitNames.contains($0.lowercased()) }
    let numbers = names[0].trimmed.isEmpty || names[0] == "Unnamed: 0" ? 0 : nil
    let named = names.firstIndex { Self.pathNames.contains($0.trimmed.lowercased()) }
    let path = named ?? (numbers == nil ? 0 : 1)
    pathColumn = min(path, names.count - 1)
    columns = names.indices.filter { [splitColumn] in $0 != splitColumn && $0 != path && $0 != numbers }
    if names.contains(where: ImageList.hasPictureExtension) {
      throw error(table.header, "names a picture", "begin with a header, as in filename,labels")
    }
    guard !columns.isEmpty else {
      throw error(table.header, "has no column with classes", "begin with a header, as in filename,labels")
    }
    let classes = columns.map { names[$0] }
    if columns.count > 1, let twice = classes.first(where: { name in classes.count { $0 == name } > 1 }) {
      throw error(table.header, "has the column '\(twice)' twice")
    }
  }

  /// The pictures in the file's order.
  ///
  /// - Throws: `FileError` that names the line of the first row at fault.
  func pictures(in folder: String) throws(FileError) -> LabelledPictures {
    guard !table.rows.isEmpty else { throw FileError(path, "lists no picture") }
    var paths: [String] = []
    var lines: [String: Int] = [:]
    for row in table.rows {
      let path = try picture(row, in: folder)
      if let first = lines.updateValue(row.line, forKey: path) {
        throw error(
          row, "lists '\(row.fields[pathColumn])' again, after line \(first)", "remove one of the two")
      }
      paths.append(path)
    }
    let (names, labels) = try columns.count == 1 ? listed() : flagged()
    let parts = try splitColumn.map(parts)
    var list = ImageList(items: [], classNames: names)
    for (index, path) in paths.enumerated() {
      list.items.append(.init(path: path, labels: labels[index], part: parts?[index]))
    }
    try noteUnlisted(in: folder, &list)
    return LabelledPictures(list: list)
  }

  /// What lies in the folder of the pictures beside those that are listed. There need not be such a folder: paths may
  /// be absolute.
  private func noteUnlisted(in folder: String, _ list: inout ImageList) throws(FileError) {
    guard (try? isFolder(folder)) == true else { return }
    let known = Set(([path] + list.items.map(\.path)).map(plain))
    let found = try FoundFiles(below: withoutFinalSlash(folder)) { known.contains(plain($0)) }
    list.unlisted = found.pictures
    list.unread = found.unread
  }

  /// Without the parts of a path that lead nowhere.
  private func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  private func picture(_ row: CSVReader.Row, in folder: String) throws(FileError) -> String {
    let name = row.fields[pathColumn]
    let path = name.hasPrefix("/") ? name : joined(folder, name)
    guard !name.isEmpty else { throw error(row, "names no picture") }
    guard access(path, F_OK) == 0 else {
      throw error(row, "there is no picture '\(name)' in \(folder)", "correct the path, or remove the line")
    }
    return path
  }

  /// Of one column with the classes' names.
  private func listed() throws(FileError) -> (names: [String], labels: [[Int]]) {
    var classes: [[String]] = []
    for row in table.rows {
      let names = row.fields[columns[0]].split { "|;,".contains($0) }.map(\.trimmed).filter { !$0.isEmpty }
      guard !names.isEmpty else {
        throw error(row, "gives '\(row.fields[0])' no class", "name one, or remove the line")
      }
      classes.append(names)
    }
    let names = Set(classes.joined()).sorted(by: precedes)
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return (names, classes.map { Set($0.compactMap { indices[$0] }).sorted() })
  }

  /// Of a column a class.
  private func flagged() throws(FileError) -> (names: [String], labels: [[Int]]) {
    var labels: [[Int]] = []
    for row in table.rows {
      var shown: [Int] = []
      for (index, column) in columns.enumerated() {
        guard let flag = Self.flag(row.fields[column]) else {
          throw error(
            row, "has '\(row.fields[column])' for '\(table.header.fields[column])', expected 1 or 0",
            "give a column a class, or one column with the classes' names, and no other columns")
        }
        if flag { shown.append(index) }
      }
      labels.append(shown)
    }
    return (columns.map { table.header.fields[$0] }, labels)
  }

  /// Of each picture.
  private func parts(_ column: Int) throws(FileError) -> [ImageList.Part] {
    var parts: [ImageList.Part] = []
    for row in table.rows {
      switch row.fields[column].trimmed.lowercased() {
      case "val", "valid", "validation": parts.append(.val)
      case "train": parts.append(.train)
      case let text:
        guard let flag = Self.flag(text) else {
          throw error(
            row, "has '\(row.fields[column])' for '\(table.header.fields[column])', expected train or val")
        }
        parts.append(flag ? .val : .train)
      }
    }
    return parts
  }

  private static func flag(_ text: String) -> Bool? {
    switch text.trimmed.lowercased() {
    case "1", "1.0", "true": true
    case "0", "0.0", "false": false
    default: nil
    }
  }

  private func error(_ row: CSVReader.Row, _ reason: String, _ advice: String? = nil) -> FileError {
    FileError(path, "line \(row.line): \(reason)".printable, advice: advice)
  }
}
