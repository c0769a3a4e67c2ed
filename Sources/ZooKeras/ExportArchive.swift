import ZooArrays
import ZooHDF5
import ZooSystem

extension OutgoingModel {
  /// A zip of the configuration and the weights, as `keras/src/saving/saving_lib.py` writes it.
  func exportArchive(to path: String, helper: HDF5Helper, progress: (Int) -> Void) throws {
    let archive = try ZipWriter(path)
    let config: JSONValue = [
      "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
      "config": try functionalConfig(),
    ]
    let metadata: JSONValue = ["keras_version": .string(writtenKerasVersion)]
    try archive.add("metadata.json", Array(try metadata.text().utf8))
    try archive.add("config.json", Array(try config.text().utf8))
    let folder = try TemporaryFolder()
    let weights = "\(folder.path)/model.weights.h5"
    try HDF5Export(weights: self).write(to: weights, helper: helper, progress: progress)
    try archive.add("model.weights.h5", contentsOf: weights)
    try archive.finish()
  }
}
