import FoundationEssentials
import ZooArrays
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

/// Where what speaks for a class is written: a heat map over one picture, a folder of such, or the values of all.
struct ExplanationOutput {
  private enum Form { case picture, array, folder }

  let path: String
  let layer: String?
  private let form: Form

  /// Where nothing is to be explained, nothing.
  ///
  /// - Throws: `UsageError` for an ending that is not written.
  init?(_ arguments: Arguments) throws(UsageError) {
    layer = arguments.string(.explainLayer)
    guard let path = arguments.string(.explain) else {
      guard layer == nil else { throw UsageError("--explain-layer is for --explain OUT") }
      return nil
    }
    self.path = path
    let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased()
    switch ending {
    case "png"?: form = .picture
    case "npy"?: form = .array
    case nil: form = .folder
    case let other?:
      throw UsageError(
        "--explain writes a .png, the values of all pictures as .npy, or a folder, found .\(other)")
    }
  }

  /// - Parameter pictures: how many there are.
  /// - Throws: `UsageError` where one file cannot hold them, `FileError` where it cannot be written.
  func check(pictures: Int, isNoneOf inputs: [String]) throws {
    guard form != .picture || pictures == 1 else {
      throw UsageError(
        "--explain \(path) is one picture, and there are \(pictures): name a folder, or a .npy file")
    }
    try checkOutput(path, isNoneOf: inputs)
    if form != .folder { _ = try AtomicFile(path) }
  }

  /// Writes what speaks for the class that each picture is taken for.
  ///
  /// - Parameters:
  ///   - classes: of each picture of the list, by its index.
  /// - Returns: by the index of the picture what was explained, and where it is.
  func write(
    _ file: ZooFile, _ pictures: Pictures, classes: [Int: Int]
  ) throws -> [Int: Predict.Explained] {
    let explainer = try Explainer(file, layer: layer)
    if form == .folder {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    let shape = [explainer.mapShape.height, explainer.mapShape.width]
    let array = form == .array ? try NpyWriter(path, rowShape: shape) : nil
    var names = LayerNames(taken: [])
    var written: [Int: Predict.Explained] = [:]
    let size = explainer.inputShape.picture ?? explainer.inputShape
    try explainer.forEach(of: pictures, classes: classes, skipBad: true) { index, pixels, explanation in
      guard classes[index] != nil else { return }
      let source = pictures.path(index) ?? "\(index)"
      var output = path
      switch form {
      case .array: try array?.rows.append(explanation.values)
      case .picture, .folder:
        if form == .folder { output = "\(path)/\(names.next(fileStem(of: source))).png" }
        try checkOutput(output, isNoneOf: [file.path, source])
        let map = HeatMap(
          explanation.values, height: explanation.height, width: explanation.width, over: pixels,
          height: size.height, width: size.width, channels: size.channels)
        try PNGWriter.write(map.pixels, width: map.width, height: map.height, channels: 3, to: output)
      }
      written[index] = Predict.Explained(
        label: file.model.label(explanation.classIndex), layer: explainer.layer, output: output,
        speaks: explanation.speaks)
    }
    try array?.finish()
    return written
  }
}
