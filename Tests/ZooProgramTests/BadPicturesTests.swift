import Glibc
import Testing
import ZooArrays
import ZooImage
import ZooSystem

/// Whether there is the helper, which depends on the libraries of the system.
func isAvailable(_ helper: PictureHelper) -> Bool { (try? helper.libraryVersion()) != nil }

/// Pictures, arrays and layers that `extract` cannot use.
@Suite struct BadPicturesTests {
  let folder: TemporaryFolder
  private let models: TemporaryFolder
  private let model: String

  init() throws {
    folder = try TemporaryFolder()
    models = try TemporaryFolder()
    model = models.path + "/demo.zoo"
    try Program.succeed("convert", Program.demoBase, "-o", model)
  }

  /// A 24-bit bitmap of one colour; `width` × `height` may claim more than is there.
  private func bitmap(_ width: Int, _ height: Int, pixels: Int) -> [UInt8] {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
    return Array("BM".utf8) + bytes(54 + pixels * 3, 4) + bytes(0, 4) + bytes(54, 4) + bytes(40, 4)
      + bytes(width, 4) + bytes(height, 4) + bytes(1, 2) + bytes(24, 2) + bytes(0, 24)
      + [UInt8](repeating: 99, count: pixels * 3)
  }

  private func refuse(_ input: String, _ options: [String] = [], saying words: [String]) throws {
    try Program.refuse(
      ["extract", model, input, "-o", folder.path + "/f.npy"] + options, saying: words,
      writingNothingIn: folder)
  }

  static let badPictures: [(String, String)] = [
    ("zero.jpg", ""), ("text.jpg", "This is not a picture.\n"), ("page.png", "<html></html>"),
    ("cut.png", "\u{89}PNG\r\n\u{1A}\n"),
  ]

  @Test(arguments: badPictures.indices) func badPicturesAreNamed(_ index: Int) throws {
    let path = try folder.file(Self.badPictures[index].0, Self.badPictures[index].1)
    try refuse(path, saying: [path])
  }

  @Test func hugePicturesAreRefusedBeforeTheyAreAllocated() throws {
    let path = try folder.file("huge.bmp", bitmap(20_000, 20_000, pixels: 4))
    try refuse(path, saying: [path])
  }

  @Test func aSinglePixelIsAPicture() throws {
    let path = try folder.file("dot.bmp", bitmap(1, 1, pixels: 1) + [0])
    try Program.succeed("extract", model, path, "-o", folder.path + "/f.npy")
    #expect(try NpyFile(folder.path + "/f.npy").header.shape == [1, 256])
  }

  @Test func badPicturesCanBeSkippedAndAreNamed() throws {
    let good = try folder.file("a.bmp", bitmap(1, 1, pixels: 1) + [0])
    let bad = try folder.file("b.jpg", "text")
    let output = folder.path + "/f.npz"
    let outcome = try Program.run(["extract", model, bad, good, bad, "-o", output, "--skip-bad"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("2 skipped"))
    #expect(outcome.errors.split(separator: "\n").filter { $0.contains(bad) }.count == 2)
    #expect(try NpzFile(output).strings("paths", limit: 1 << 16) == [good])
    try refuse(bad, ["--skip-bad"], saying: ["none of the 1 pictures could be read"])
  }

  /// A picture of `Tests/ZooImageTests/Foreign`.
  private func foreign(_ name: String) -> String { Program.root + "/Tests/ZooImageTests/Foreign/" + name }

  @Test func withoutItsHelperAPictureIsUnreadableAndTheRestIsRead() throws {
    let good = try folder.file("a.bmp", bitmap(1, 1, pixels: 1) + [0])
    let call = "ZOO_TIFF_HELPER=/none $0 extract '\(model)' '\(good)' '\(foreign("rgb.tif"))'"
    func run(_ options: String) throws -> Program.Outcome {
      try Program.run(["-c", "\(call) \(options)", Program.path], executable: "/bin/sh")
    }
    let refused = try run("-o '\(folder.path)/f.npy'")
    #expect(refused.status == 1 && refused.errors.split(separator: "\n").count == 1, "\(refused)")
    #expect(
      refused.errors.contains(
        "rgb.tif: cannot be read: /none: is not a program that can be started as the TIFF helper"))
    let skipped = try run("-o '\(folder.path)/f.npy' --skip-bad")
    #expect(skipped.status == 0 && skipped.output.contains("1 skipped"), "\(skipped)")
  }

  @Test("Of several pages the first is read, which is said once", .enabled(if: isAvailable(.tiff)))
  func pages() throws {
    let call = ["extract", model, foreign("pages.tif"), foreign("rgb.tif"), foreign("pages.tif")]
    let outcome = try Program.run(call + ["-o", folder.path + "/f.npy"])
    let said = outcome.errors.split(separator: "\n").filter { $0.contains("several pictures") }
    #expect(outcome.status == 0 && said.count == 1 && said.first?.contains("pages.tif") == true, "\(outcome)")
    let features = try NpyFile(folder.path + "/f.npy")
    #expect(try features.bytes(rows: 0..<1) == features.bytes(rows: 1..<2), "both are of the same drawing")
  }

  @Test func whereNoneCanBeReadEachIsNamed() throws {
    let bad = try folder.file("b.jpg", "text")
    let outcome = try Program.run(["extract", model, bad, "-o", folder.path + "/f.npz", "--skip-bad"])
    #expect(outcome.status == 1 && outcome.errors.contains("skipped: \(bad)"), "\(outcome)")
  }

  /// Features have labels, for which a picture beside class folders has none; a prediction needs none.
  @Test func picturesBesideClassFoldersAreNamedOrPredicted() throws {
    let dot = bitmap(1, 1, pixels: 1) + [0]
    mkdir(folder.path + "/class", 0o755)
    _ = try folder.file("class/a.bmp", dot)
    let beside = try folder.file("beside.bmp", dot)
    let outcome = try Program.run(["extract", model, folder.path, "-o", models.path + "/f.npz"])
    #expect(
      outcome.status == 0
        && outcome.errors.contains("beside the class folders is left out, as Keras does: \(beside)"),
      "\(outcome)")
    let predicted = try Program.run(["predict", model, folder.path])
    #expect(
      predicted.status == 0 && predicted.output.contains(beside) && predicted.output.contains("class/a.bmp"))
  }

  @Test(arguments: [Float.nan, .infinity]) func pixelsAreNumbers(_ value: Float) throws {
    let path = folder.path + "/pixels.npy"
    let writer = try NpyWriter(path, rowShape: [128, 128, 3])
    var pixels = [Float](repeating: 1, count: 2 * 128 * 128 * 3)
    pixels[pixels.count - 1] = value
    try writer.rows.append(pixels)
    try writer.finish()
    try refuse(path, saying: [path, "picture 1 has a pixel that is no number"])
  }

  @Test func aFolderWithoutPicturesIsNamed() throws {
    let empty = try TemporaryFolder()
    try refuse(empty.path, saying: [empty.path])
  }

  @Test func arraysMustHaveTheModelsShapeAndAType() throws {
    let small = folder.path + "/small.npy"
    var writer = try NpyWriter(small, type: .uint8, rowShape: [64, 64, 3])
    try writer.rows.append([UInt8](repeating: 0, count: 64 * 64 * 3))
    try writer.finish()
    try refuse(small, saying: [small, "expected values of shape N×128×128×3, found 1×64×64×3"])
    let doubles = folder.path + "/doubles.npy"
    writer = try NpyWriter(doubles, type: .float64, rowShape: [128, 128, 3])
    try writer.rows.append([Double](repeating: 0, count: 128 * 128 * 3))
    try writer.finish()
    try refuse(doubles, saying: [doubles, "expected uint8 or float32", "found"])
  }

  @Test func unknownLayersSuggestTheNearest() throws {
    let pixels = Program.root + "/Tests/Goldens/demo/pixels.npy"
    try refuse(
      pixels, ["--layer", "conv_pw_13_rel"], saying: ["unknown layer 'conv_pw_13_rel'", "'conv_pw_13_relu'"])
    try Program.refuse(
      ["extract", model, pixels, "-o", folder.path + "/f.xyz"], saying: [".npy, .npz, .csv"],
      writingNothingIn: folder, status: 2)
  }

  @Test func aModelWithoutTopCannotPredict() throws {
    let bare = models.path + "/bare.zoo"
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", bare)
    try Program.refuse(
      ["predict", bare, Program.root + "/Tests/Goldens/demo/pixels.npy"],
      saying: [bare, "has no classifier"],
      writingNothingIn: folder)
  }
}
