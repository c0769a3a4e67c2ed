/// A kind of thing that was found in a data set, and what to do about it.
public struct Finding: Sendable, Equatable, Codable {
  /// For people: `unreadable`.
  public var name: String
  /// One line each.
  public var items: [String]
  /// What to do about it.
  public var advice: String
  /// Whether it should be mended, not only looked at.
  public var isFault: Bool
}

extension Diagnosis {
  /// Everything that was found, in the order in which to look at it.
  public var findings: [Finding] {
    let equal = duplicates.filter(\.exact)
    let leaks = duplicates.filter(\.acrossSplits)
    let contradictions = duplicates.filter { $0.acrossClasses && !$0.acrossSplits }
    let others = duplicates.filter { !$0.acrossSplits && !$0.acrossClasses }
    let all: [Finding] = [
      Finding(
        name: "unreadable", items: unreadable.map(\.line),
        advice: "\(Self.remedy(for: unreadable)); --skip-bad leaves them out of a training", isFault: true),
      Finding(
        name: "wrong extension", items: wrongExtensions.map(\.line),
        advice: "rename them: other programs go by the name", isFault: true),
      Finding(
        name: "damaged EXIF block", items: damagedEXIF.map(\.line),
        advice: "repair or remove the block: with --exif such a picture counts as unreadable", isFault: false),
      Finding(
        name: "in train and val", items: leaks.map(\.line),
        advice: "remove one of each: validation flatters, as the model knows the pictures", isFault: true),
      Finding(
        name: "the same in several classes", items: contradictions.map(\.line),
        advice: "decide on one class, or train with --loss binary and a label file", isFault: true),
      Finding(
        name: "twice or more", items: others.filter { !$0.isMany }.map(\.line),
        advice: "remove the copies: they count several times, and a random split or fold may hold out a copy",
        isFault: true),
      Finding(
        name: "the same picture many times",
        items: equal.filter { $0.isMany && !$0.acrossSplits && !$0.acrossClasses }.map(\.line),
        advice:
          "it may stand for pictures that were lost in a download: look at one of each, and remove them",
        isFault: true),
      Finding(
        name: "of one colour", items: plain.map(\.line),
        advice: "they show nothing, and may stand for pictures that were lost: remove them", isFault: true),
      Finding(
        name: "very small", items: small.map(\.line),
        advice: "they become a blur at a network's size; look whether they are thumbnails of others",
        isFault: false),
      Finding(
        name: "very long", items: long.map(\.line),
        advice: "they are squeezed to the network's size: crop them, or use --resize crop-to-aspect-ratio",
        isFault: false),
      Finding(
        name: "without a picture", items: emptyClasses, advice: "give these classes pictures, or remove them",
        isFault: true),
      Finding(
        name: "fewer than ten pictures to learn from", items: tinyClasses,
        advice: "collect more, or put classes together: so few cannot be told apart reliably", isFault: true),
      Finding(
        name: "beside the class folders, not used", items: leftOut,
        advice: "move them into the folder of their class", isFault: true),
      Finding(
        name: "not listed in the label file, not used", items: unlisted,
        advice: "add a line for each, if they are to be learnt from", isFault: false),
    ]
    return all.filter { !$0.items.isEmpty }
  }

  /// What there is to do about these, each of it once: a picture without its helper is to be read, not to be removed.
  private static func remedy(for problems: [Problem]) -> String {
    var remedies: [String] = []
    for problem in problems {
      let remedy = problem.advice ?? "repair or remove them"
      if !remedies.contains(remedy) { remedies.append(remedy) }
    }
    return remedies.prefix(4).joined(separator: "; ")
  }
}

extension Diagnosis.Problem {
  var line: String { "\(path): \(reason)" }
}

extension Diagnosis.Duplicates {
  var line: String {
    let notes = [
      exact ? nil : "look alike", acrossSplits && acrossClasses ? "in several classes" : nil,
    ]
    let note = notes.compactMap { $0 }.joined(separator: ", ")
    let shown =
      paths.prefix(8).joined(separator: " = ") + (paths.count > 8 ? " = … (\(paths.count) files)" : "")
    return shown + (note.isEmpty ? "" : " (\(note))")
  }

  /// So often as only a placeholder is.
  var isMany: Bool { exact && paths.count >= 4 }
}
