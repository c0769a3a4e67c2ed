import ZooHDF5

/// An HDF5 file to be written from a model's weights.
struct HDF5Export {
  let model: OutgoingModel
  var contents = HDF5Contents()
  private var datasets: [(path: String, weight: OutgoingModel.Weight)] = []

  init(_ model: OutgoingModel) {
    self.model = model
  }

  mutating func add(_ weight: OutgoingModel.Weight, at path: String, attributes: [HDF5Attribute] = []) {
    contents.addDataset(path, .number(weight.type), shape: weight.shape, attributes: attributes)
    datasets.append((path, weight))
  }

  func write(to path: String, helper: HDF5Helper, progress: (Int) -> Void) throws {
    let writer = try HDF5Writer(path, contents, helper: helper)
    for (path, weight) in datasets {
      try model.read(weight) { piece in
        try writer.append(piece, to: path)
        progress(piece.count)
      }
    }
    try writer.commit()
  }
}
