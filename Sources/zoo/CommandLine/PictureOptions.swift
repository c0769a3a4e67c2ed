import ZooEngine
import ZooFeatures
import ZooFile
import ZooGraph

/// How a verb reads pictures and with which numbers it computes: the options that `extract`, `predict` and
/// `evaluate` share.
struct PictureOptions {
  static let options: [Option] = [
    .value("--resize", "MODE", "bilinear, nearest, bicubic, lanczos or crop-to-aspect-ratio."),
    .flag("--fast-decode", "Decode large JPEGs at a fraction of their size; pixels then differ from Keras'."),
    .value("--precision", "float32|bf16", "What to compute with (default: float32)."),
    .flag("--skip-bad", "Leave out pictures that cannot be read, instead of stopping."),
  ]

  let resize: ResizeMode?
  let fastDecode: Bool
  let precision: Precision
  let skipBad: Bool
  private let console: Console

  init(_ context: Context) throws(UsageError) {
    let arguments = context.arguments
    resize = try arguments.choice("--resize")
    fastDecode = arguments.has("--fast-decode")
    precision = try arguments.choice("--precision") ?? .float32
    skipBad = arguments.has("--skip-bad")
    console = context.console
    if fastDecode { context.console.note("--fast-decode: the pixels of large JPEGs differ from Keras'") }
  }

  /// How files become the pixels that the model in `file` takes.
  func decoding(for file: ZooFile) -> Pictures.Decoding {
    Pictures.Decoding(resize ?? file.model.resize, isFast: fastDecode)
  }

  /// The pictures that a user names, at the size that the model in `file` takes.
  ///
  /// - Parameter areLabelled: whether the folders that pictures are in are their classes.
  func pictures(_ inputs: some Sequence<String>, areLabelled: Bool = true, for file: ZooFile) throws
    -> Pictures
  {
    let pictures = try Pictures(
      Array(inputs), decoding(for: file), areLabelled: areLabelled, shape: file.graph.inputShape,
      model: file.path)
    if case .files(let list, _) = pictures, let first = list.leftOut.first {
      console.warn(
        "\(first): lies beside class folders and is left out, as Keras does"
          + (list.leftOut.count > 1 ? "; so are \(list.leftOut.count - 1) more" : ""))
    }
    return pictures
  }
}
