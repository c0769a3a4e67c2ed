import FoundationEssentials
import Testing
import ZooExport
import ZooHDF5
import ZooSystem

@testable import ZooKeras

@Suite struct InspectionTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// The same tensors in every format; the name does not decide.
  @Test func everyFormatIsRecognisedByItsContent() throws {
    let model = try TestModel()
    try model.writeLegacy(path("legacy"))
    let (file, _) = try convert(path("legacy"))
    var found = ["hdf5": try Inspection(path("legacy")), "zoo": try Inspection(path("legacy.zoo"))]
    for (format, name) in [(SafetensorsFormat() as any ExportFormat, "safetensors"), (NpzFormat(), "npz")] {
      try file.export(to: path(name), as: format)
      found[name] = try Inspection(path(name))
    }
    let bytes = model.layers.flatMap(\.weights).map(\.bytes.count).sorted()
    for (format, inspection) in found {
      #expect(inspection.format == format)
      #expect(inspection.tensors.map(\.bytes).sorted() == bytes)
      #expect(inspection.tensors.allSatisfy { $0.type == "float32" })
    }
    #expect(found["hdf5"]?.layout == .legacyWeights)
  }

  @Test func anyHDF5FileIsListedWithItsAttributes() throws {
    var contents = HDF5Contents(attributes: [.text("title", "x"), .float("odd", .nan)])
    contents.addDataset("a/b", .number(.int16), shape: [2, 3], attributes: [.integer("n", 4)])
    let writer = try HDF5Writer(path("any.h5"), contents)
    try [UInt8](repeating: 1, count: 12).withUnsafeBytes { try writer.append($0, to: "a/b") }
    try writer.commit()

    let inspection = try Inspection(path("any.h5"))
    #expect(inspection.layout == nil)
    let json = try JSONEncoder().encode(inspection)
    let read = try JSONDecoder().decode(Report.self, from: json)
    #expect(read.format == "hdf5")
    #expect(
      read.tensors == [.init(name: "/a/b", shape: [2, 3], type: "int16", bytes: 12, storage: "contiguous")])
    #expect(
      read.attributes == ["/": ["title": .string("x"), "odd": .string("nan")], "/a/b": ["n": .number(4)]])
  }

  private struct Report: Decodable {
    struct Tensor: Decodable, Equatable {
      var name: String
      var shape: [Int]
      var type: String
      var bytes: Int
      var storage: String?
    }
    var format: String
    var tensors: [Tensor]
    var attributes: [String: [String: JSONValue]]
  }

  @Test(arguments: [("soft.h5", "soft link"), ("external.h5", "link to another file")])
  func refusedLinksAreListedWithTheirReasons(_ name: String, _ reason: String) throws {
    let inspection = try Inspection(fixtures + name)
    #expect(inspection.refused.map(\.path) == ["/conv1/conv1/kernel:0"])
    #expect(inspection.refused.first?.reason.contains(reason) == true)
  }

  @Test func refusedDatasetsAreListedWithTheirReasons() throws {
    let tensor = try #require(try Inspection(fixtures + "filter.h5").tensors.first)
    #expect(tensor.shape == [3, 3, 3, 8])
    #expect(tensor.refusal?.contains("32000") == true)
  }

  @Test func whatHoldsNoTensorsIsRefused() throws {
    let file = try AtomicFile(path("page.h5"))
    try file.write("<!DOCTYPE html><html></html>")
    try file.commit()
    #expect(failure { _ = try Inspection(path("page.h5")) }?.contains("web page") == true)
  }
}
