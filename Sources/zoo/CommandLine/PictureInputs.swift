import ZooFeatures
import ZooFile
import ZooImage
import ZooSystem

/// The pictures that a user names: files and folders, `-` for one on standard input, `@FILE` for a list with a name a
/// line (`@-` on standard input), and with `--from0` a list as `find -print0` writes it.
struct PictureInputs {
  static let options: [Option] = [
    .flag(.from0, "More names of pictures come on standard input, each ended by a zero byte: find -print0.")
  ]
  static let help = """
    A single - is a picture on standard input; @FILE is a list with a name in each line, @- one on standard input
    (a file called so is ./@FILE).
    """

  let paths: [String]
  /// Where the picture on standard input is kept.
  private let folder: TemporaryFolder?
  private let streamed: String?

  private static let longestList = 1 << 28

  /// - Throws: `UsageError` when standard input is asked for twice, or nothing is named; `FileError` for lists that
  ///   cannot be read.
  init(_ names: some Sequence<String>, _ arguments: Arguments) throws {
    let names = Array(names)
    let streams = names.count { ["-", "@-"].contains($0) } + (arguments.has(.from0) ? 1 : 0)
    guard streams <= 1 else { throw UsageError("standard input can be used once only") }
    folder = names.contains("-") ? try TemporaryFolder() : nil
    streamed = folder.map { $0.path + "/standard input" }
    var paths: [String] = []
    for name in names {
      if name == "-", let streamed {
        try Self.keep(try StandardInput.contents(limit: 1 << 30), as: streamed)
        paths.append(streamed)
      } else if name.hasPrefix("@") {
        paths += try Self.list(String(name.dropFirst()))
      } else {
        paths.append(name)
      }
    }
    if arguments.has(.from0) {
      let bytes = try StandardInput.contents(limit: Self.longestList)
      paths += try Self.names(bytes, separator: 0, of: "standard input")
    }
    guard !paths.isEmpty else { throw UsageError("no picture is named") }
    self.paths = paths
  }

  /// What a picture is called in results.
  func shown(_ path: String?) -> String? { path == streamed && path != nil ? "-" : path }

  private static func keep(_ bytes: [UInt8], as path: String) throws(FileError) {
    let file = try AtomicFile(path, survivesPowerFailure: false)
    try file.write(bytes)
    try file.commit()
  }

  private static func list(_ path: String) throws -> [String] {
    let bytes =
      try path == "-"
      ? StandardInput.contents(limit: longestList) : InputFile.contents(of: path, limit: longestList)
    return try names(bytes, separator: UInt8(ascii: "\n"), of: path == "-" ? "standard input" : path)
  }

  private static func names(_ bytes: [UInt8], separator: UInt8, of list: String) throws(FileError) -> [String]
  {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(list, "is not a list of names in UTF-8", advice: "a picture itself is given as -")
    }
    let end = Character(Unicode.Scalar(separator))
    // Programs on Windows begin a text with a mark.
    return text.trimmingPrefix("\u{FEFF}").split { $0 == end || (separator != 0 && $0.isNewline) }.map(
      String.init)
  }
}
