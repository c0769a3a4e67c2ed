import ZooArrays
import ZooFile
import ZooHDF5
import ZooKeras
import ZooSystem

/// The whole model as Keras 3 saves it: a zip of the configuration and the weights, as
/// `keras/src/saving/saving_lib.py` writes it.
public struct KerasFormat: WholeModelFormat {
  public let ending = ".keras"
  public let contents = "whole model, for Keras 3"
  public var withPreprocessing: Bool
  /// The program that writes HDF5.
  public var helper = HDF5Helper()

  /// - Parameter withPreprocessing: whether the first layer prepares the pixels.
  public init(withPreprocessing: Bool = false) {
    self.withPreprocessing = withPreprocessing
  }

  public func write(_ file: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport {
    let model = try OutgoingModel(wholeOf: file, withPreprocessing: withPreprocessing, forKeras2: false)
    let archive = try ZipWriter(path)
    let config: JSONValue = [
      "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
      "config": try model.functionalConfig(),
    ]
    let metadata: JSONValue = ["keras_version": .string(writtenKerasVersion)]
    try archive.add("metadata.json", Array(try metadata.text().utf8))
    try archive.add("config.json", Array(try config.text().utf8))
    let folder = try TemporaryFolder()
    let weights = "\(folder.path)/model.weights.h5"
    try HDF5Export(weights: model).write(to: weights, helper: helper, progress: progress)
    try archive.add("model.weights.h5", contentsOf: weights)
    try archive.finish()
    return ExportReport(tensors: file.tensors.count)
  }
}
