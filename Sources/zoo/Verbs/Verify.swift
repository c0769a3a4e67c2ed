import ZooFile
import ZooKeras
import ZooStore
import ZooSystem

/// `zoo verify`: every checksum of a `.zoo` file, and every tensor against its source.
enum Verify: Verb {
  static let synopsis = Synopsis(
    name: "verify", arguments: "MODEL [SOURCE]",
    summary:
      "Check every checksum of a .zoo file; with the SOURCE it was made from, compare every tensor too.",
    options: [.flag(.json, "As an object, for programs.")])

  private struct Outcome: Encodable {
    var file: String
    var tensors: Int
    var bytes: Int
    var source: String?
    var identical: Int?
  }

  static func run(_ context: Context) throws {
    let paths = context.arguments.positionals
    guard (1...2).contains(paths.count) else { throw UsageError("takes MODEL and at most one SOURCE") }
    // A Keras file is what is compared with.
    guard paths.count == 1 || ModelStore.isCalledAsModel(paths[0]) == paths[0].hasSuffix(".zoo") else {
      throw UsageError("MODEL is a .zoo file, and comes before SOURCE")
    }
    let file = try context.model(paths[0])
    let bar = context.console.progress("verify", total: file.size, unit: .bytes)
    try file.verify { bar.advance(by: $0) }
    bar.finish()
    var outcome = Outcome(file: file.path, tensors: file.tensors.count, bytes: file.size)
    if paths.count == 2 {
      outcome.source = paths[1]
      outcome.identical = try file.compare(withSource: paths[1], registry: try context.registry())
    }
    if context.arguments.has(.json) { return try context.printJSON(outcome) }
    var line =
      "\(outcome.file): \(outcome.tensors) tensors, \(outcome.bytes.grouped) bytes, all checksums right"
    if let source = outcome.source { line += "; every tensor identical to \(source)" }
    context.console.report(line)
  }
}
