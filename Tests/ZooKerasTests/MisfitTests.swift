import Glibc
import Testing
import ZooFile
import ZooSystem

@testable import ZooKeras

/// Files that do not fit: one line that names the file, what is wrong and what to do, and no output.
@Suite struct MisfitTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  /// - Returns: the message with which the import of the file fails.
  private func message(_ name: String, _ request: ImportRequest = ImportRequest()) -> String {
    let path = name.hasPrefix("/") ? name : "\(folder.path)/\(name)"
    let output = "\(folder.path)/out.zoo"
    let message =
      failure { _ = try KerasImport(path, request, registry: registry).write(to: output) }
      ?? "converted without an error"
    #expect(message.hasPrefix(path + ": "))
    #expect(!message.contains("\n"))
    #expect(access(output, F_OK) != 0)
    return message
  }

  /// A file with a change, as the smallest base.
  private func message(
    _ request: ImportRequest = ImportRequest(base: smallBase), changed: (inout TestModel) -> Void
  ) throws -> String {
    var model = try TestModel()
    changed(&model)
    try model.writeLegacy("\(folder.path)/in.h5")
    return message("in.h5", request)
  }

  @Test func wrongShape() throws {
    let message = try message { $0[layer: "conv_pw_6"].weights[0].shape = [1, 1, 128, 64] }
    #expect(message.contains("layer 'conv_pw_6', kernel: expected 1×1×64×128, found 1×1×128×64"))
    #expect(message.contains("name no base"))
  }

  @Test func wrongType() throws {
    let message = try message { $0[layer: "conv1_bn"].weights[0].type = .int32 }
    #expect(message.contains("layer 'conv1_bn', gamma: expected floating-point numbers, found int32"))
  }

  @Test func missingLayer() throws {
    let message = try message { $0[layer: "conv_pw_6"].weights = [] }
    #expect(message.contains("layer 'conv_pw_6' (kernel 1×1×64×128) is not in the file, nearest there: "))
  }

  @Test func missingTensor() throws {
    let message = try message { $0[layer: "conv_pw_6_bn"].weights.removeLast() }
    #expect(message.contains("layer 'conv_pw_6_bn' (moving_variance 128) is not in the file"))
  }

  @Test func surplusTensor() throws {
    let message = try message {
      var surplus = $0[layer: "conv_pw_6"].weights[0]
      surplus.name = "conv_pw_6/other"
      $0[layer: "conv_pw_6"].weights.append(surplus)
    }
    #expect(message.contains("layer 'conv_pw_6' has no weight for 'conv_pw_6/other' (1×1×64×128)"))
  }

  @Test func surplusLayer() throws {
    let message = try message {
      var surplus = $0[layer: "conv_pw_6"]
      surplus.name = "conv_pw_66"
      $0.layers.insert(surplus, at: 10)
    }
    #expect(message.contains("the file's layer 'conv_pw_66' has no place in the network, nearest there: "))
  }

  @Test func layerListedTwice() throws {
    let message = try message { $0.layers.append($0[layer: "conv1"]) }
    #expect(message.contains("layer 'conv1' is listed twice in 'layer_names'"))
  }

  @Test func weightListedTwice() throws {
    let message = try message { $0[layer: "conv1"].weights.append($0[layer: "conv1"].weights[0]) }
    #expect(message.contains("layer 'conv1': weight 'conv1/kernel' is listed twice"))
  }

  @Test func topAskedForButNotThere() throws {
    let message = try message(ImportRequest(base: smallBase, includeTop: true)) { _ in }
    #expect(message.contains("does not fit mobilenet_0.25_224 with top: layer 'conv_preds' (kernel 1×1×256×"))
  }

  @Test func anotherAlpha() throws {
    let message = try message(ImportRequest(base: "mobilenet_0.5_224")) { _ in }
    #expect(message.contains("does not fit mobilenet_0.5_224"))
    #expect(message.contains("layer 'conv1', kernel: expected 3×3×3×16, found 3×3×3×8"))
  }

  @Test func anotherFamily() throws {
    #expect(try message(ImportRequest(base: "vgg16")) { _ in }.contains("does not fit vgg16"))
  }

  @Test func unknownBase() throws {
    let message = try message(ImportRequest(base: "mobilenet_0.25_225")) { _ in }
    #expect(message.contains("did you mean 'mobilenet_0.25_224'"))
  }

  @Test func unknownArchitecture() throws {
    let message = try message(ImportRequest()) {
      $0[layer: "conv_pw_13"].weights[0].shape = [1, 256, 1, 256]
    }
    #expect(
      message.contains("is not a network that is known here; nearest is mobilenet_0.25_224 without top"))
    #expect(
      message.contains(
        "first difference: layer 'conv_pw_13', kernel: expected 1×1×256×256, found 1×256×1×256"))
    #expect(message.contains("zoo list"))
  }

  @Test func labelsOfAnotherCount() throws {
    try TestModel(includeTop: true, classes: 4).writeLegacy("\(folder.path)/in.h5")
    let message = message("in.h5", ImportRequest(labels: ["cat", "dog"]))
    #expect(message.contains("has 4 classes, but 2 labels were given"))
  }

  @Test func labelsWithoutATop() throws {
    let message = try message(ImportRequest(labels: ["cat", "dog"])) { _ in }
    #expect(message.contains("has no top"))
  }

  @Test func theFirstDifferenceOfAnotherClassCountIsNotTheTop() throws {
    try TestModel("mobilenetv3small_minimalistic_1.0_224", includeTop: true, classes: 7)
      .writeLegacy("\(folder.path)/in.h5")
    #expect(message("in.h5", ImportRequest(base: smallBase)).contains("does not fit mobilenet_0.25_224"))
  }

  @Test(arguments: [
    ("soft.h5", "soft link"), ("external.h5", "link to another file"),
    ("storage.h5", "its data is in another file"), ("filter.h5", "filter 32000"),
    ("huge.h5", "claims 1,099,511,627,776 bytes"),
  ])
  func hostileDatasetsAreNotRead(_ name: String, _ reason: String) {
    let message = message(fixtures + name)
    #expect(message.contains("/conv1/conv1/kernel:0") || message.contains("'conv1/kernel:0'"))
    #expect(message.contains(reason) && message.contains("save it again"))
  }

  @Test(arguments: [
    ("", "is empty"), ("<!DOCTYPE html><html></html>", "web page"),
    ("<?xml version=\"1.0\"?><Error/>", "XML"),
    ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "LFS"),
    ("just some words", "is a text file, not HDF5"), ("{\"a\": 1}", "not the index of a sharded"),
    ("PK\u{3}\u{4}nothing", "zip"),
  ])
  func otherFilesAreNamed(_ text: String, _ what: String) throws {
    let file = try AtomicFile("\(folder.path)/in.h5")
    try file.write(text)
    try file.commit()
    #expect(message("in.h5").contains(what))
  }

  @Test func cutOff() throws {
    try TestModel().writeLegacy("\(folder.path)/whole.h5")
    let bytes = try InputFile.contents(of: "\(folder.path)/whole.h5", limit: 1 << 24)
    let file = try AtomicFile("\(folder.path)/in.h5")
    try file.write(Array(bytes.dropLast(100_000)))
    try file.commit()
    #expect(message("in.h5").contains("bytes"))
  }

  @Test func hdf5OfOthers() throws {
    var model = try TestModel()
    model.layers = []
    try model.writeLegacy("\(folder.path)/in.h5", root: "elsewhere")
    #expect(message("in.h5").contains("is an HDF5 file, but none that Keras wrote"))
    try model.writeLegacy("\(folder.path)/empty.h5")
    #expect(message("empty.h5").contains("holds no layers with weights"))
  }
}
