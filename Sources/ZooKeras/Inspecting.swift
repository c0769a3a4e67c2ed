import ZooArrays
import ZooFile
import ZooGraph
import ZooHDF5
import ZooSystem

extension Inspection {
  /// Looks into a file; its content decides what it is, unless it is named `.zoo`.
  ///
  /// - Throws: when it is none of the known files, or damaged; the error names what it looks like.
  public init(_ path: String, helper: HDF5Helper = HDF5Helper()) throws {
    let file = try InputFile(path)
    let start = try file.bytes(at: 0, count: min(file.size, 4_096))
    self.init(file: path, format: "hdf5", size: file.size)
    if try ZooFile.isMeant(by: path) {
      try addZoo()
    } else if start.starts(with: Array("PK".utf8)) {
      try addArchive(helper)
    } else if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
      format = "npy"
      add("", try NpyFile(path).header)
    } else if Self.isSafetensors(start) {
      try addSafetensors()
    } else if start.first(where: { !" \n\r\t".utf8.contains($0) }) == UInt8(ascii: "{") {
      let source = try KerasSource.open(path, helper: helper)
      (format, layout) = ("weights.json", source.layout)
      for shard in source.files { add(shard.root, prefix: shard.path + ": ") }
    } else {
      let file = try HDF5File(path, helper: helper)
      layout = LegacyLayout(file)?.layout ?? (WeightsLayout([file]) == nil ? nil : .weights)
      add(file.root)
    }
  }

  /// The length of a JSON text, which follows.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    start.count > 8 && start[8] == UInt8(ascii: "{") && start[4..<8].allSatisfy { $0 == 0 }
  }

  private mutating func add(_ group: HDF5Group, prefix: String = "") {
    attributes += group.attributes.map { Attribute(owner: prefix + group.path, value: $0) }
    for link in group.links {
      switch link {
      case .group(let group): add(group, prefix: prefix)
      case .dataset(let dataset):
        tensors.append(Tensor(dataset, prefix: prefix))
        attributes += dataset.attributes.map { Attribute(owner: prefix + dataset.path, value: $0) }
      case .refused(let path, let reason): refused.append(Refused(path: prefix + path, reason: reason))
      }
    }
  }

  private mutating func addArchive(_ helper: HDF5Helper) throws {
    let archive = try ZipArchive(file)
    guard archive.entries.contains(where: { $0.name == "model.weights.h5" }) else {
      return try addArrays()
    }
    (format, layout) = ("keras", .archive)
    for name in ["metadata.json", "config.json"] {
      guard let entry = archive.entries.first(where: { $0.name == name }) else { continue }
      let text = String(decoding: try archive.bytes(of: entry, limit: 64 << 20), as: UTF8.self)
      attributes.append(Attribute(owner: "/", value: .text(name, text)))
    }
    add(try HDF5File(weightsIn: archive, helper: helper).root)
  }

  private mutating func addArrays() throws {
    format = "npz"
    let arrays = try NpzFile(file)
    guard !arrays.names.isEmpty else {
      throw FileError(
        file, "is a zip archive, but neither a .keras file nor a .npz", advice: "give a file of tensors")
    }
    for name in arrays.names { add(name, try arrays.array(name).header) }
  }

  private mutating func add(_ name: String, _ header: NpyHeader) {
    let bytes = header.rows.multipliedReportingOverflow(by: header.rowBytes)
    tensors.append(
      Tensor(
        name: name, shape: header.shape, type: header.element.description,
        bytes: bytes.overflow ? 0 : bytes.partialValue))
  }

  private mutating func addSafetensors() throws {
    format = "safetensors"
    let contents = try SafetensorsFile(file)
    tensors = contents.tensors.map {
      Tensor(name: $0.name, shape: $0.shape, type: $0.type.rawValue, bytes: $0.bytes.count)
    }
    attributes = contents.metadata.sorted { $0.key < $1.key }
      .map { Attribute(owner: "/", value: .text($0.key, $0.value)) }
  }

  private mutating func addZoo() throws {
    format = "zoo"
    let contents = try ZooFile(file)
    tensors = contents.tensors.map {
      Tensor(
        name: $0.name, shape: $0.shape, type: $0.type.rawValue,
        bytes: (elementCountOf($0.shape) ?? 0) * $0.type.size)
    }
    let (model, source) = (contents.model, contents.model.provenance)
    let texts: [(String, String?)] = [
      ("base", model.base), ("include_top", "\(model.includeTop)"),
      ("preprocessing", model.preprocessing.description), ("resize", model.resize.rawValue),
      ("orientation", model.exif == true ? "exif" : nil),
      ("created_by", source.createdBy), ("source", source.sourceName),
      ("source_sha256", source.sourceSHA256), ("source_layout", source.layout),
      ("keras_version", source.kerasVersion), ("backend", source.backend),
    ]
    attributes = texts.compactMap { name, text in
      text.map { Attribute(owner: "/", value: .text(name, $0)) }
    }
    if let labels = model.labels {
      attributes.append(Attribute(owner: "/", value: .names("labels", labels)))
    }
  }
}

extension Inspection.Tensor {
  init(_ dataset: HDF5Dataset, prefix: String) {
    let kind =
      switch dataset.type {
      case .number(let type): type.rawValue + (dataset.isBigEndian && type.size > 1 ? ", big-endian" : "")
      case .text(let byteCount): "text of \(byteCount) bytes"
      case .unsupported(let name): name
      }
    let storage =
      switch dataset.storage {
      case .contiguous: "contiguous"
      case .chunked(let shape): "chunked \(Shape(shape))"
      case .compact: "compact"
      case .other: "other"
      }
    self.init(
      name: prefix + dataset.path, shape: dataset.shape, type: kind, bytes: dataset.byteCount,
      storage: storage, filters: dataset.filters, refusal: dataset.refusal)
  }
}
