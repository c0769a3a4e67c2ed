import ZooSystem

/// `zoo manual`: the pages for `man`.
enum Manual: Verb {
  static let synopsis = Synopsis(
    name: "manual", arguments: "FOLDER",
    summary: "Write the manual pages into a folder: zoo.1, and one for each command.",
    details: "'make install' and the packages put them where man looks for them.")

  static func run(_ context: Context) throws {
    let folder = try context.arguments.single("FOLDER")
    try createFolder(folder)
    var pages = [ManualPage(Program.overview)]
    for synopsis in Program.synopses { pages.append(ManualPage(synopsis)) }
    for page in pages {
      let file = try AtomicFile("\(folder)/\(page.file)")
      try file.write(page.text)
      try file.commit()
    }
    context.console.report("\(folder): \(pages.count) pages")
  }
}
