import FoundationEssentials
import Testing
import ZooSystem

/// `zoo train` on the demo's base and pictures of two patterns.
@Suite struct TrainTests {
  let folder: TemporaryFolder
  let base: String
  /// Removed with `folder`'s owner; class folders cannot lie in a `TemporaryFolder`.
  let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    base = folder.path + "/base.zoo"
    pictures = try PictureFolder(classes: ["checker", "plain"], count: 12)
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
  }

  private func train(_ output: String, _ options: String...) throws -> Program.Outcome {
    try Program.run(
      ["train", base, pictures.path, "-o", "\(folder.path)/\(output)", "--batch", "8", "--threads", "1"]
        + options)
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    try InputFile.contents(of: "\(folder.path)/\(name)", limit: 1 << 26)
  }

  @Test func patternsAreLearnt() throws {
    struct Evaluation: Decodable { var accuracy: Double }
    struct Log: Decodable {
      struct Epoch: Decodable { var validationAccuracy: Double }
      var epochs: [Epoch]
    }
    try #require(try train("patterns.zoo", "--epochs", "20").status == 0)
    let json = try Program.succeed("evaluate", folder.path + "/patterns.zoo", pictures.path, "--json")
    #expect(try JSONDecoder().decode(Evaluation.self, from: Data(json.utf8)).accuracy == 1)
    let log = try JSONDecoder().decode(Log.self, from: Data(try bytes("patterns.log.json")))
    #expect(log.epochs.count == 20)
    #expect(try bytes("patterns.log.csv").split(separator: UInt8(ascii: "\n")).count == 21)
    let page = String(decoding: try bytes("patterns.report.html"), as: UTF8.self)
    #expect(page.contains("<dd>100.00 %<small>95\u{A0}% interval"))
    #expect(page.contains("20 epochs. Epoch"))
    #expect(!Program.files(in: folder.path).contains { $0.hasSuffix(".checkpoint") || $0.hasSuffix(".lock") })
  }

  @Test(arguments: [
    ["--unfreeze", "conv_pw_13", "--augment", "flip,rotation:0.1,zoom:0.1", "--augment-variants", "2"],
    [
      "--unfreeze", "all", "--train-batchnorm", "--augment", "translation:0.1,contrast:0.2", "--mixup", "0.2",
    ],
    [
      "--stages", "head:1@1e-3,conv_pw_13:1@1e-4,head:1", "--optimizer", "sgd", "--momentum", "0.9",
      "--nesterov",
    ],
    [
      "--head", "linear", "--optimizer", "adamw", "--schedule", "cosine", "--warmup", "1", "--loss", "binary",
    ],
    ["--head", "dense:16:relu,dropout:0.3,dense", "--pooling", "max", "--balance", "--patience", "2"],
  ])
  func theSameSeedGivesTheSameBytes(options: [String]) throws {
    let epochs = options.contains("--stages") ? [] : ["--epochs", "2"]
    for name in ["first.zoo", "second.zoo"] {
      let outcome = try Program.run(
        ["train", base, pictures.path, "-o", "\(folder.path)/\(name)", "--batch", "8", "--threads", "1"]
          + options + epochs)
      try #require(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try bytes("first.zoo") == bytes("second.zoo"))
  }

  /// Fewer pictures than a batch, told to a program.
  @Test func eventsAreObjectsALine() throws {
    struct Event: Decodable { var event: String }
    let outcome = try Program.run([
      "train", base, pictures.path, "-o", folder.path + "/events.zoo", "--epochs", "2", "--json",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let events = try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Event.self, from: Data($0.utf8)).event
    }
    #expect(events == ["plan", "epoch", "epoch", "end"])
    #expect(outcome.errors == "zoo: there are only 20 pictures to learn from: a batch has as many\n")
  }

  @Test func aDryRunWritesNothing() throws {
    let before = Program.files(in: folder.path)
    let outcome = try train("dry.zoo", "--dry-run", "--unfreeze", "conv_pw_13")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("conv_dw_13_relu"), "\(outcome.output)")
    #expect(Program.files(in: folder.path) == before)
    #expect(outcome.output.contains(" MiB") && !outcome.output.contains(" 0 MiB"), "\(outcome.output)")
  }

  @Test(arguments: [
    (["--unfreeze", "conv_pw_99"], ["conv_pw_99", "did you mean"]),
    (["--head", "dense:3"], ["3 units", "2 classes"]),
  ])
  func whatCannotBeTrainedIsRefused(options: [String], words: [String]) throws {
    try Program.refuse(
      ["train", base, pictures.path, "-o", folder.path + "/no.zoo"] + options, saying: words,
      writingNothingIn: folder)
  }

  @Test func oneClassIsRefused() throws {
    let one = try PictureFolder(classes: ["only"], count: 4)
    try Program.refuse(
      ["train", base, one.path, "-o", folder.path + "/no.zoo"], saying: ["one class only"],
      writingNothingIn: folder)
  }

  @Test func badPicturesAreListed() throws {
    try pictures.write("plain/bad.bmp", Array("no picture".utf8))
    let refused = try train("no.zoo")
    #expect(
      refused.status == 1 && refused.errors.contains("plain/bad.bmp") && refused.errors.contains("--skip-bad")
    )
    #expect(try train("yes.zoo", "--epochs", "1", "--skip-bad").status == 0)
  }

  @Test func classesMustHavePicturesAndBeTheSameInVal() throws {
    let empty = try PictureFolder(classes: ["ants", "bees"], count: 8)
    try FileManager.default.createDirectory(atPath: empty.path + "/wasps", withIntermediateDirectories: true)
    try Program.refuse(
      ["train", base, empty.path, "-o", folder.path + "/no.zoo", "--batch", "8"],
      saying: ["'wasps'", "no picture"], writingNothingIn: folder)
    let differing = try PictureFolder(
      classes: ["train/ants", "train/bees", "val/ants", "val/flies"], count: 8)
    try Program.refuse(
      ["train", base, differing.path, "-o", folder.path + "/no.zoo"],
      saying: ["train and val differ", "bees, flies"], writingNothingIn: folder)
  }

  @Test func whatWasBestIsKeptWhenTheLossIsNoNumberAnyMore() throws {
    let outcome = try train("best.zoo", "--optimizer", "sgd", "--stages", "head:2@1e-3,head:2@1e30")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("no number any more, at step"), "\(outcome.errors)")
    #expect(outcome.errors.contains("best.zoo has the weights of epoch"))
    try Program.succeed("verify", folder.path + "/best.zoo")
    let nothing = try train("nothing.zoo", "--optimizer", "sgd", "--stages", "head:2@1e30")
    #expect(nothing.status == 1 && nothing.errors.contains("nothing is written"), "\(nothing.errors)")
    #expect(!Program.files(in: folder.path).contains("nothing.zoo"))
  }

  @Test func aSecondRunOnTheSameOutputIsRefused() throws {
    let first = try Program.start([
      "train", base, pictures.path, "-o", folder.path + "/one.zoo", "--batch", "8", "--epochs", "100000",
      "--no-plan",
    ])
    first.wait { Program.files(in: folder.path).contains("one.zoo.checkpoint") }
    let second = try train("one.zoo")
    try first.kill()
    #expect(second.status == 1)
    #expect(second.errors.contains("another training is writing this output"), "\(second.errors)")
  }
}

/// Class folders of 32×32 bitmaps, the first class with a pattern, all with noise; removed with the object.
final class PictureFolder {
  let path: String

  init(classes: [String], count: Int) throws {
    path = FileManager.default.temporaryDirectory.path + "/zoo-train-\(UInt64.random(in: 0 ... .max))"
    var random = SplitMix64(seed: 1)
    for (label, name) in classes.enumerated() {
      for number in 0..<count { try write("\(name)/\(number).bmp", Self.bitmap(label, &random)) }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// 24 bits a pixel, blue first.
  private static func bitmap(_ label: Int, _ random: inout SplitMix64) -> [UInt8] {
    func little(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    let size: UInt32 = 32
    var bytes = Array("BM".utf8) + little(54 + size * size * 3) + little(0) + little(54)
    bytes += little(40) + little(size) + little(size) + [1, 0, 24, 0] + little(0)
    bytes += little(size * size * 3) + little(2835) + little(2835) + little(0) + little(0)
    for pixel in 0..<(size * size) {
      let isDark = label == 0 && (pixel % size / 4 + pixel / size / 4).isMultiple(of: 2)
      for _ in 0..<3 { bytes.append((isDark ? 20 : 180) + UInt8(random.next() >> 58)) }
    }
    return bytes
  }
}
