import ZooEngine
import ZooFile
import ZooGraph
import ZooSystem
import ZooTrain

extension TransferTraining {
  /// Writes the model with the weights of the best epoch: those that training changed as float32, the others
  /// bit for bit as the base has them.
  ///
  /// - Throws: `FileError` when it cannot be written; no file appears then. `TransferError`
  ///   when no epoch has been finished.
  public func write(to path: String) throws {
    guard let best = run.bestWeights else {
      throw TransferError("no epoch was finished, so there is no model to be written")
    }
    let base = network.base
    let writer = try ZooFileWriter(path, model: model)
    for entry in run.graph.entries {
      for spec in entry.weights {
        let name = WeightName(entry.owner, spec.name)
        if best.overlay[name] == nil, let index = base.index(layer: name.layer, weight: name.weight) {
          var info = base.tensors[index]
          (info.sourceLayer, info.sourceWeight) = (nil, nil)
          try writer.write(info) { writer in try base.read(index) { try writer.append($0) } }
        } else {
          let info = TensorInfo(layer: name.layer, weight: name.weight, type: .float32, shape: spec.shape)
          try writer.write(info) { writer in
            try best.withWeight(layer: name.layer, weight: name.weight) { values in
              try writer.append(UnsafeRawBufferPointer(values))
            }
          }
        }
      }
    }
    try writer.finish()
  }
}
