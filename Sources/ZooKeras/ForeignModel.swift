import Glibc
import ZooSystem

/// Models of other programs, told by their contents or their endings, and the way from them to a file that is read here.
struct ForeignModel {
  private var kind: String
  private var advice: String

  private static let saveFromKeras = "load it where it was made and save it with model.save('x.keras')"

  /// - Parameter head: the first bytes of the file; none of a folder.
  /// - Returns: `nil` for what is not known to be such a model.
  init?(_ path: String, head: [UInt8]) {
    let name = path.lowercased()
    func ends(_ endings: String...) -> Bool { endings.contains { name.hasSuffix($0) } }
    if access(path + "/saved_model.pb", F_OK) == 0 {
      (kind, advice) = ("a SavedModel folder of TensorFlow", Self.saveFromKeras)
    } else if head.dropFirst(4).starts(with: Array("TFL3".utf8)) {
      (kind, advice) = ("a TensorFlow Lite model, whose layers are no longer Keras'", Self.saveFromKeras)
    } else if ends(".pb") {
      (kind, advice) = ("a graph of TensorFlow (.pb), not of Keras' layers", Self.saveFromKeras)
    } else if ends(".pth", ".pt", ".ckpt", ".pkl") {
      (kind, advice) = (
        "a checkpoint or pickle, which can run code when it is opened",
        "save the weights as .safetensors, or the model from Keras"
      )
    } else if ends(".onnx") {
      (kind, advice) = (
        "an ONNX model",
        "'zoo convert' reads it where its operators are Keras' layers; else save the model from Keras"
      )
    } else {
      return nil
    }
  }

  func error(_ path: String) -> FileError { FileError(path, "is \(kind)", advice: advice) }
}
