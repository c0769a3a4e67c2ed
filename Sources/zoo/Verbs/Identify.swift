import ZooKeras

/// `zoo identify`: which network a Keras file holds.
enum Identify: Verb {
  static let synopsis = Synopsis(
    name: "identify", arguments: "FILE",
    summary: "Say which base a Keras file holds, with or without top, without converting it.",
    options: [
      .value(.base, "BASE", "Check against this base only."),
      .flag(.includeTop, "The file must have its classifier."),
      .flag(.noTop, "Look at the network without its classifier."),
      .value(.inputSize, "N|HxW", "Size of the pictures (default: the file's own, else the base's)."),
      .flag(.json, "As an object, for programs."),
    ])

  static func run(_ context: Context) throws {
    let path = try context.arguments.single("FILE")
    let request = try ImportRequest(context.arguments)
    let report = try KerasImport(path, request, registry: try context.registry()).report
    if context.arguments.has(.json) {
      try context.printJSON(report)
    } else {
      context.console.print(report.text)
    }
  }
}
