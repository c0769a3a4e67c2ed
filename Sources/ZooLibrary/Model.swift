/// A network with its weights, its preprocessing and the names of its classes.
///
/// ```swift
/// import Zoo
///
/// let model = try await Model.convert("weights.h5", to: "model.zoo")
/// let extractor = try await model.extractor()
/// let photos = try Picture.files(at: "photos")
/// let features = try await extractor.features(of: photos)
/// ```
///
/// All functions that are `async` compute on threads of their own. In a task that is cancelled they stop soon, throw
/// `CancellationError` and leave no file that is half written.
public struct Model: Sendable {
  /// The file that it is in; opened, and checked as far as that goes without reading all of it.
  public let file: ZooFile
  /// What was assumed or not used when it was converted or opened, for people; mostly nothing.
  public let warnings: [String]

  /// Opens a `.zoo` file.
  ///
  /// - Throws: `FileError` when it is cut off, damaged, of another format, or its tensors do not fit its graph.
  public init(_ path: String) throws(FileError) {
    self.init(try ZooFile(path))
  }

  init(_ file: ZooFile, warnings: [String] = []) {
    self.file = file
    self.warnings = warnings
  }

  /// The base's name, or its author's.
  public var name: String { file.model.base ?? file.model.graph.name }

  /// The names of the classes, in the order of the output; `nil` where the file has none.
  public var classNames: [String]? { file.model.labels }

  /// Of one picture: height × width × channels.
  public var inputShape: Shape { file.graph.inputShape }
}

/// Told how far something is, from any thread.
///
/// - Parameters:
///   - done: pictures, or bytes where a file is written.
///   - total: how many there will be.
public typealias ProgressHandler = @Sendable (_ done: Int, _ total: Int) -> Void
