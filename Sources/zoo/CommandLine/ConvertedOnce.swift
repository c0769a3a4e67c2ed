import ZooFile
import ZooKeras
import ZooONNX
import ZooSystem

/// A Keras file where a model is asked for.
extension Context {
  /// The model of a Keras file, converted into the store the first time.
  ///
  /// - Throws: what is wrong with the file; `Failure` for one that does not say everything about its model.
  func converted(_ path: String) throws -> ZooFile {
    guard !ONNXImport.recognises(path), !path.hasSuffix(".json") else {
      throw Failure("\(path): is no .zoo file; run 'zoo convert \(path)' first")
    }
    let store = ModelStore()
    let target = try store.path(convertedFrom: path)
    guard ModelStore.exists(target) else { return try convert(path, to: target, store) }
    let file = try ZooFile(target)
    if file.model.preprocessingReason == PreprocessingReason.assumed.rawValue {
      console.warn(
        "\(path): does not tell how its pixels are prepared: they are left as they are, 0…255; "
          + "'zoo convert --preprocessing' if they were not")
    }
    return file
  }

  private func convert(_ path: String, to target: String, _ store: ModelStore) throws -> ZooFile {
    let conversion = try KerasImport(path, ImportRequest(), registry: try registry())
    try createFolder(store.folder + "/converted")
    let report = try Convert.write(conversion, to: target, self)
    console.note("\(path): converted once, to \(target)")
    for warning in report.warnings { console.warn("\(path): \(warning)") }
    return try ZooFile(target)
  }
}
