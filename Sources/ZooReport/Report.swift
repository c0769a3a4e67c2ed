import ZooEvaluate
import ZooFile
import ZooGraph
import ZooImage
import ZooProbe
import ZooSystem
import ZooTrain

/// Everything that a page about a classifier tells, as values; ``html`` makes the page.
///
/// The page is one file that loads nothing and runs nothing. It stays below two megabytes whatever the number of
/// classes, pictures and epochs: long lists are cut, and say so.
public struct Report: Sendable {
  /// The classifier's name.
  public var title: String
  /// How the classifier does.
  public let measurement: Measurement
  /// A small copy of each of the evaluation's worst pictures, `nil` where there is none.
  public var thumbnails: [Thumbnail?]
  /// What in these pictures speaks for the class that they are taken for.
  public var explanations: Explanations
  /// How the classifier was trained, or why that is not known.
  public var training: Training
  /// What its file says.
  public var model: ModelDescription
  /// The model's graph.
  public var graph: ResolvedGraph
  /// How the report came to be.
  public var making: Making
  /// Paths are shown as they are below this folder.
  public var folder: String
  let results: Results
  /// The map of the embeddings; `nil` where there is nothing to be seen.
  let components: PrincipalComponents?

  /// What is known of the training.
  public enum Training: Sendable, Equatable {
    /// Its log.
    case known(TrainingLog)
    /// Why not, as a sentence.
    case unknown(String)

    var log: TrainingLog? {
      if case .known(let log) = self { log } else { nil }
    }
  }

  /// What in the hardest pictures spoke for the class that was told.
  public enum Explanations: Sendable, Equatable {
    /// Heat maps over the pictures, `nil` where there is none, by the feature map that a layer gives.
    case known([Thumbnail?], layer: String)
    /// Why there are none, as a sentence.
    case unknown(String)

    /// That of a picture, by its place amongst the thumbnails.
    subscript(_ number: Int) -> Thumbnail? {
      guard case .known(let maps, _) = self, maps.indices.contains(number) else { return nil }
      return maps[number]
    }
  }

  /// How the page came about.
  public struct Making: Sendable, Equatable {
    /// Program and arguments.
    public var command: [String]
    /// UTC, as in `2026-11-25T08:30:00Z`.
    public var date: String
    /// What it was computed on.
    public var machine: RunMachine

    /// - Parameter date: as it is to be shown.
    public init(command: [String], date: String, machine: RunMachine) {
      self.command = command
      self.date = date
      self.machine = machine
    }
  }

  /// Embeddings of so many pictures make the map.
  public static let mapped = 1_000
  /// So many pictures of the highest loss are shown.
  public static let worst = 12

  /// Finds the principal components, nothing else.
  ///
  /// - Parameters:
  ///   - measurement: with ``worst`` pictures of the highest loss and ``mapped`` embeddings.
  ///   - thumbnails: of the pictures of the highest loss, in their order; so are the heat maps of `explanations`.
  public init(
    title: String, measurement: Measurement, thumbnails: [Thumbnail?], explanations: Explanations,
    training: Training, model: ModelDescription, graph: ResolvedGraph, making: Making, folder: String
  ) {
    self.title = title
    self.measurement = measurement
    self.thumbnails = thumbnails
    self.explanations = explanations
    self.training = training
    self.model = model
    self.graph = graph
    self.making = making
    self.folder = folder
    results = Results(measurement.outcome)
    let sample = measurement.embeddings
    components = PrincipalComponents(
      Matrix(rows: sample.pictures.count, columns: sample.width, values: sample.values))
  }

  /// Writes the page, whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(html.text)
    try file.commit()
  }

  /// The page.
  public var html: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="zoo \(zooVersion)">
    <title>\(shownTitle) – report</title>
    <style>\(Style.sheet)</style>
    </head>
    <body>
    \(heading)
    <main>
    \(curves)\(folds)\(confusion)\(scores)\(calibration)\(map)\(worstPictures)\(data)\(card)\(reproduction)\
    </main>
    </body>
    </html>

    """
  }

  var shownTitle: String { title.shortened(to: 80) }
  /// Class names, none of them so long that it matters.
  var names: [String] { results.classes.map { $0.shortened(to: 60) } }

  /// The main figures in a line.
  public var summary: String {
    let figures = results.figures.prefix(3).map { "\($0.name.lowercased()) \($0.value)" }
    return (["\(results.pictures) pictures"] + figures).joined(separator: ", ")
  }

  /// How many were measured.
  public var pictures: Int { results.pictures }

  /// The figures at the top of the page, by their names.
  public var figures: [String: String] {
    Dictionary(results.figures.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// A path without the folder, and not too long.
  func shown(_ path: String) -> String {
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return (path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path).shortened(to: 80)
  }

  func className(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "class \(index)" }
}
