import ZooDoctor
import ZooImage
import ZooSystem

/// `zoo doctor`: what is wrong with a data set.
enum Doctor: Verb {
  static let synopsis = Synopsis(
    name: "doctor", arguments: "DATA",
    summary: "Examine labelled pictures: unreadable pictures, duplicates, imbalance, wrong extensions.",
    details: """
      DATA is as for 'zoo train'. Near duplicates are told by what the
      pictures look like, also across train and val. Exits with 1 when something should be mended.
      """,
    options: [
      PictureOptions.exif,
      .value(
        .labels, "FILE.csv",
        "The classes of the pictures in DATA (default: its labels.csv, or its folders)."),
      .flag(.json, "As an object, for programs."),
    ])

  static func run(_ context: Context) throws {
    let folder = try context.arguments.single("DATA")
    let data = try Dataset(
      folder, labels: context.arguments.string(.labels), validationSplit: 0.2, seed: 0)
    let bar = context.console.progress(
      "examine", total: data.training.items.count + data.validation.items.count)
    let turns = context.arguments.has(.exif)
    let diagnosis = Diagnosis(of: data, exif: turns) { bar.advance() }
    bar.finish()
    if context.arguments.has(.json) {
      try context.printJSON(diagnosis)
    } else {
      context.console.print(text(diagnosis, isSplit: data.isSplitOnDisk, turns: turns))
    }
    if !diagnosis.isHealthy { throw SilentFailure() }
  }

  private static func text(_ diagnosis: Diagnosis, isSplit: Bool, turns: Bool) -> String {
    let header = isSplit ? ["class", "train", "val"] : ["class", "pictures"]
    let rows = diagnosis.classes.map { count in
      isSplit
        ? [count.name, "\(count.training)", "\(count.validation)"]
        : [count.name, "\(count.training + count.validation)"]
    }
    var lines = ["\(diagnosis.pictures) pictures", "", table(header, rows, right: [1, 2])]
    func section(_ title: String, _ items: [String]) {
      if !items.isEmpty { lines += ["", "\(title): \(items.count)"] + items.map { "  \($0)" } }
    }
    section("unreadable", diagnosis.unreadable.map { "\($0.path): \($0.reason)" })
    section("wrong extension", diagnosis.wrongExtensions.map { "\($0.path): \($0.reason)" })
    section("equal files", diagnosis.duplicates.filter(\.exact).map(line))
    section("look alike", diagnosis.duplicates.filter { !$0.exact }.map(line))
    section("without a picture", diagnosis.emptyClasses)
    section("fewer than ten pictures to learn from", diagnosis.tinyClasses)
    section("beside the class folders, not used", diagnosis.leftOut)
    section("not listed in the label file, not used", diagnosis.unlisted)
    if !diagnosis.unread.isEmpty { lines += ["", "not read:"] + diagnosis.unread.map { "  \($0)" } }
    section("damaged EXIF block, an error with --exif", diagnosis.damagedEXIF.map(\.path))
    if let first = diagnosis.turned.first {
      lines += ["", "turned by their EXIF orientation: \(diagnosis.turned.count), such as \(first)"]
      lines.append(
        turns
          ? "  seen as it says; give --exif to 'zoo train' too"
          : "  not applied, as in Keras: they are seen lying; with --exif, zoo's commands turn them")
    }
    if diagnosis.imbalance > 3 {
      lines += [
        "",
        "imbalance: the largest class has \(rounded(diagnosis.imbalance, decimals: 1)) times the smallest",
      ]
    }
    if diagnosis.isHealthy { lines += ["", "nothing to mend"] }
    return lines.joined(separator: "\n")
  }

  private static func line(_ group: Diagnosis.Duplicates) -> String {
    let notes = [
      group.acrossSplits ? "in train and val" : nil, group.acrossClasses ? "in several classes" : nil,
    ]
    let note = notes.compactMap { $0 }.joined(separator: ", ")
    return group.paths.joined(separator: " = ") + (note.isEmpty ? "" : " (\(note))")
  }
}
