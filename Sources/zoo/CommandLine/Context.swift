import FoundationEssentials
import ZooEngine
import ZooFile
import ZooImage
import ZooPlugin
import ZooStore
import ZooSystem

/// What every verb gets: its arguments, the console, the registry.
struct Context {
  let arguments: Arguments
  let console: Console

  init(_ arguments: Arguments) throws(UsageError) {
    self.arguments = arguments
    console = Console(isQuiet: arguments.has(.quiet), isVerbose: arguments.has(.verbose))
    if let threads = try arguments.int(.threads, in: 1...1024) { Threads.limit(to: threads) }
  }

  /// Finds the plugins. One that was named on the command line must be usable; others are warned of.
  ///
  /// - Throws: `Failure` for a rejected plugin that was named.
  func registry() throws -> Registry {
    let registry = Registry(paths: arguments.strings(.pluginPath))
    for rejection in registry.rejections {
      let line = "\(rejection.path): \(rejection.reason)"
      if rejection.explicit { throw Failure(line) }
      console.warn(line)
    }
    return registry
  }

  /// Opens MODEL: a `.zoo` file, the name of a base at hand, or a Keras file, which is converted once.
  func model(_ name: String) throws -> ZooFile {
    try checkModelComesFirst(name)
    let bar = LateBar("convert", console)
    defer { bar.finish() }
    let model = try ModelStore().open(name, registry: registry, progress: bar.show)
    bar.finish()
    let file = model.file
    if model.wasConverted { console.note("\(name): converted once, to \(file.path)") }
    for warning in model.warnings { console.warn("\(name): \(warning)") }
    console.detail("the model is \(file.path)")
    return file
  }

  /// - Throws: `UsageError` where pictures stand in the place of the model, and the model elsewhere.
  func checkModelComesFirst(_ name: String) throws(UsageError) {
    let isData = (try? isFolder(name)) == true || ImageList.hasPictureExtension(name)
    guard isData, let model = arguments.positionals.first(where: ModelStore.isCalledAsModel) else { return }
    throw UsageError("MODEL comes first: '\(name)' is no model, '\(model)' is called like one")
  }

  /// Keeps what was measured. A folder for caches that cannot be written to is no reason to stop.
  func remember(_ tuning: Tuning?) {
    do throws(FileError) {
      try tuning?.save()
    } catch {
      console.note(error.description)
    }
  }

  /// Prints a value as JSON, for programs.
  func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    // JSON has no such numbers.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    console.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

/// Something that a verb could not do. Ends the program with exit code 1.
struct Failure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Ends the program with exit code 1 when everything has been said already.
struct SilentFailure: Error {}

/// One of the program's commands.
protocol Verb: Sendable {
  static var synopsis: Synopsis { get }

  static func run(_ context: Context) throws
}
