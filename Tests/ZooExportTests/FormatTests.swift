import Glibc
import Testing
import ZooExport
import ZooFile
import ZooGraph
import ZooSystem

/// What holds for every format. What is in their files is tested beside those who read them.
@Suite struct FormatTests {
  private static let endings = ExportFormats.all.map(\.ending)
  private let folder: TemporaryFolder
  private let model: ZooFile

  init() throws {
    folder = try TemporaryFolder()
    let builder = GraphBuilder("small")
    let conv = builder.conv2D(builder.input(.map(8, 8, 3)), "conv", 4, kernel: 3)
    let graph = try builder.build(output: builder.dense(builder.flatten(conv, "flatten"), "dense", 300))
    let writer = try ZooFileWriter(
      "\(folder.path)/in.zoo",
      model: ModelDescription(
        base: nil, includeTop: true, graph: graph, preprocessing: .tf,
        provenance: Provenance(createdBy: "test")))
    for entry in try graph.resolved().entries {
      for spec in entry.weights {
        let info = TensorInfo(layer: entry.owner, weight: spec.name, type: .float32, shape: spec.shape)
        let values = (0..<spec.elementCount).map(Float.init)
        try writer.write(info) { writer in try values.withUnsafeBytes { try writer.append($0) } }
      }
    }
    try writer.finish()
    model = try ZooFile("\(folder.path)/in.zoo")
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @Test func theLongestEndingDecides() throws {
    #expect(Set(Self.endings).count == Self.endings.count)
    #expect(try ExportFormats.format(of: "a.weights.h5") is WeightsFormat)
    #expect(try ExportFormats.format(of: "a.weights.old.H5") is HDF5Format)
  }

  @Test(arguments: ["model.tflite", "model", "weights.h5x", "onnx"])
  func unknownEndingsAreToldTheKnownOnes(_ name: String) {
    let error = #expect(throws: FileError.self) { try ExportFormats.format(of: name) }
    #expect(error?.advice == "known are .onnx, .keras, .h5, .weights.h5, .safetensors, .npz")
  }

  @Test(arguments: endings) func everythingIsWritten(_ ending: String) throws {
    var told = 0
    let report = try model.export(to: path("out" + ending)) { told += $0 }
    #expect(report.tensors == 4 && report.bytes == model.graph.parameterCount * 4 && told == report.bytes)
    #expect(try InputFile(path("out" + ending)).size > report.bytes)
    #expect(report.dataPath == nil && report.warnings.isEmpty)
  }

  @Test(arguments: endings) func theSameModelGivesTheSameBytes(_ ending: String) throws {
    for name in ["first", "second"] { try model.export(to: path(name + ending)) }
    #expect(try Digest.ofFile(path("first" + ending)) == Digest.ofFile(path("second" + ending)))
  }

  @Test(arguments: endings) func nothingIsLeftWhereItCannotBeWritten(_ ending: String) throws {
    let error = #expect(throws: FileError.self) { try model.export(to: path("none/out" + ending)) }
    #expect(error?.reason.contains("does not exist") == true)
  }

  @Test(arguments: endings) func theSourceIsNeverReplaced(_ ending: String) throws {
    let format = try ExportFormats.format(of: ending)
    #expect(throws: FileError.self) { try model.export(to: model.path, as: format) }
    #expect(try ZooFile(model.path).tensors == model.tensors)
  }

  @Test(arguments: endings) func aDamagedSourceLeavesNoOutput(_ ending: String) throws {
    var bytes = try InputFile.contents(of: model.path, limit: 1 << 24)
    bytes[model.size / 3] ^= 1
    let damaged = try AtomicFile(path("damaged.zoo"))
    try damaged.write(bytes)
    try damaged.commit()

    let error = #expect(throws: FileError.self) {
      try ZooFile(path("damaged.zoo")).export(to: path("out" + ending))
    }
    #expect(error?.reason.contains("checksum is wrong") == true)
    #expect(access(path("out" + ending), F_OK) != 0)
  }
}
