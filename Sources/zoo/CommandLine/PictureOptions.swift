import ZooEngine
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage

/// How a verb reads pictures and with which numbers it computes: the options that `extract`, `predict` and
/// `evaluate` share.
struct PictureOptions {
  static let options: [Option] = [
    .value(.resize, "MODE", "bilinear, nearest, bicubic, lanczos or crop-to-aspect-ratio."),
    exif,
    .flag(.fastDecode, "Decode large JPEGs at a fraction of their size; pixels then differ from Keras'."),
    .value(.precision, "float32|bf16", "What to compute with (default: float32)."),
    .flag(.skipBad, "Leave out pictures that cannot be read, instead of stopping."),
  ]

  static let exif = Option.flag(.exif, "Turn pictures by their EXIF orientation, which Keras does not.")
  /// Of the verbs that tell classes.
  static let tta = Option.value(
    .tta, "flip", "Probabilities are the mean of those of the picture and of its mirror image.")

  let resize: ResizeMode?
  /// Over what probabilities are averaged.
  let augmentation: TestTimeAugmentation?
  let fastDecode: Bool
  let precision: Precision
  let skipBad: Bool
  private let context: Context

  init(_ context: Context) throws(UsageError) {
    let arguments = context.arguments
    resize = try arguments.choice(.resize)
    augmentation = try arguments.choice(.tta)
    fastDecode = arguments.has(.fastDecode)
    precision = try arguments.choice(.precision) ?? .float32
    skipBad = arguments.has(.skipBad)
    self.context = context
    if fastDecode { context.console.note("--fast-decode: the pixels of large JPEGs differ from Keras'") }
  }

  /// How files become the pixels that the model in `file` takes.
  func decoding(for file: ZooFile) -> Pictures.Decoding {
    var decoding = context.decoding(for: file, resize)
    decoding.isFast = fastDecode
    return decoding
  }

  /// The pictures that a user names, at the size that the model in `file` takes.
  ///
  /// - Parameter list: makes a list of folders and files.
  func pictures(
    _ inputs: PictureInputs, for file: ZooFile, list: ([String]) throws -> ImageList
  ) throws -> Pictures {
    let pictures = try Pictures(
      inputs.paths, decoding(for: file), shape: file.graph.inputShape, model: file.path, list: list)
    context.tellWhatIsNotRead(pictures.list)
    return pictures
  }
}

extension Context {
  /// How files become the pixels that the model in `file` takes, with `--exif` or where it was trained so. Says what was
  /// not asked for.
  func decoding(for file: ZooFile, _ resize: ResizeMode?) -> Pictures.Decoding {
    let (isAsked, isTrained) = (arguments.has(.exif), file.model.exif == true)
    if isTrained, !isAsked {
      console.note("pictures are turned by their EXIF orientation, as those that \(file.path) was trained on")
    } else if isAsked, !isTrained, file.model.trained != nil {
      console.note(
        "--exif: \(file.path) was trained on pictures that were not turned by their EXIF orientation")
    }
    return Pictures.Decoding(resize ?? file.model.resize, exif: isAsked || isTrained)
  }
}
