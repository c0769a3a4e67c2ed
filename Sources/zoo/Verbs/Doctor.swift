import ZooDoctor
import ZooImage
import ZooSystem

/// `zoo doctor`: what is wrong with a data set.
enum Doctor: Verb {
  static let synopsis = Synopsis(
    name: "doctor", arguments: "DATA",
    summary: "Examine labelled pictures: unreadable ones, duplicates, placeholders, odd sizes, imbalance.",
    details: """
      DATA is as for 'zoo train'. Near duplicates are told by what the
      pictures look like, also across train and val. With everything that is found it says what to do. Exits with 1
      when something should be mended.
      """,
    options: [
      PictureOptions.exif,
      .value(
        .labels, "FILE.csv",
        "The classes of the pictures in DATA (default: its labels.csv, or its folders)."),
      .flag(.json, "As an object, for programs."),
    ])

  /// What was found, and what to do about it.
  private struct Answer: Encodable {
    var diagnosis: Diagnosis

    private enum Keys: String, CodingKey { case findings, advice }

    func encode(to encoder: any Encoder) throws {
      try diagnosis.encode(to: encoder)
      var values = encoder.container(keyedBy: Keys.self)
      try values.encode(diagnosis.findings, forKey: .findings)
      try values.encode(diagnosis.advice, forKey: .advice)
    }
  }

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
      try context.printJSON(Answer(diagnosis: diagnosis))
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
    for finding in diagnosis.findings {
      lines += ["", "\(finding.name): \(finding.items.count)"] + finding.items.map { "  \($0)" }
      lines += ["  → \(finding.advice)"]
    }
    if !diagnosis.unread.isEmpty { lines += ["", "not read:"] + diagnosis.unread.map { "  \($0)" } }
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
    if !diagnosis.advice.isEmpty { lines += ["", "for a training:"] + diagnosis.advice.map { "  \($0)" } }
    if diagnosis.isHealthy { lines += ["", "nothing to mend"] }
    return lines.joined(separator: "\n")
  }
}
