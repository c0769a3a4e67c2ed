import FoundationEssentials
import Glibc
import Testing
import ZooSystem

/// Trainings of the real program that are killed and resumed, checkpoints and caches that do not fit or are damaged.
@Suite struct InterruptionTests {
  let folder: TemporaryFolder
  let base: String
  let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    base = folder.path + "/base.zoo"
    pictures = try PictureFolder(classes: ["checker", "plain"], count: 12)
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
  }

  private func command(_ output: String, _ options: [String]) -> [String] {
    [
      "train", base, pictures.path, "-o", "\(folder.path)/\(output)", "--batch", "8", "--threads", "1",
      "--no-plan",
    ] + options
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    try InputFile.contents(of: "\(folder.path)/\(name)", limit: 1 << 26)
  }

  private var files: [String] { Program.files(in: folder.path) }

  /// Kills a training as soon as `moment` has come.
  private func kill(_ output: String, _ options: [String], when moment: () -> Bool) throws {
    let training = try Program.start(command(output, options))
    training.wait(until: moment)
    try training.kill()
  }

  /// Long enough for the kills to come in time on a busy machine. `Tests/Interop/kills.py` does the same at many
  /// random moments.
  @Test(arguments: [
    ["--epochs", "120", "--head", "dense:64:relu,dropout:0.3,dense"],
    [
      "--stages", "head:100@1e-3,conv_pw_13:4@1e-4", "--augment", "flip,rotation:0.1", "--augment-variants",
      "2",
      "--mixup", "0.2",
    ],
  ])
  func aKilledTrainingGoesOnToTheSameBytes(options: [String]) throws {
    try #require(try Program.run(command("whole.zoo", options)).status == 0)
    let expected = try bytes("whole.zoo")
    let checkpoint = "killed.zoo.checkpoint"
    // After an epoch, and in the middle of writing a checkpoint.
    try kill("killed.zoo", options) { files.contains(checkpoint) }
    try kill("killed.zoo", options + ["--resume"]) { files.contains { $0.hasPrefix(".\(checkpoint).") } }
    let outcome = try Program.run(command("killed.zoo", options + ["--resume"]))
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("resumed after epoch"), "\(outcome.errors)")
    #expect(try bytes("killed.zoo") == expected)
    #expect(
      files.filter { $0.contains("killed") } == [
        "killed.log.csv", "killed.log.json", "killed.report.html", "killed.zoo",
      ])
  }

  @Test func aCheckpointGoesWithItsTrainingOnly() throws {
    let epochs = ["--epochs", "1000"]
    try kill("a.zoo", epochs) { files.contains("a.zoo.checkpoint") }
    func expectRefusal(_ options: [String], _ reason: String) throws {
      let outcome = try Program.run(command("a.zoo", options + ["--resume"]))
      #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(outcome)")
      #expect(outcome.errors.contains("a.zoo.checkpoint: ") && files.contains("a.zoo.checkpoint"))
    }
    try expectRefusal(epochs + ["--head", "linear"], "belongs to another network")
    try expectRefusal(["--epochs", "2"], "belongs to a training with other options")
    try FileManager.default.removeItem(atPath: pictures.path + "/plain/1.bmp")
    try expectRefusal(epochs, "belongs to another data set")
  }

  /// Asked to stop it says what was kept and how to go on; a new run does not take that away.
  @Test func whatWasKeptIsSaidAndNotOverwritten() throws {
    let training = try Program.start(command("a.zoo", ["--epochs", "100000"]))
    training.wait { files.contains("a.zoo.checkpoint") }
    Glibc.kill(training.process, SIGINT)
    let outcome = try training.finish()
    #expect(outcome.status == -SIGINT)
    #expect(outcome.errors.contains("a.zoo.checkpoint keeps what was learnt"), "\(outcome.errors)")
    #expect(outcome.errors.contains("Go on with: zoo train ") && outcome.errors.contains(" --resume\n"))
    let again = try Program.run(command("a.zoo", ["--epochs", "1"]))
    #expect(again.status == 1 && again.errors.contains("--overwrite begins anew"), "\(again)")
    #expect(files.contains("a.zoo.checkpoint"))
    let anew = try Program.run(command("a.zoo", ["--epochs", "1", "--overwrite"]))
    #expect(anew.status == 0 && files.contains("a.zoo") && !files.contains("a.zoo.checkpoint"), "\(anew)")
  }

  @Test func withoutACacheItIsTrainedAllTheSame() throws {
    let home = try folder.file("no-folder", "")
    let warned = try Program.run(command("a.zoo", ["--epochs", "1"]), home: home)
    #expect(warned.status == 0 && warned.errors.contains("as with --no-cache"), "\(warned)")
    let asked = try Program.run(command("b.zoo", ["--epochs", "1", "--no-cache"]), home: home)
    #expect(asked.status == 0 && asked.errors.isEmpty, "\(asked)")
    #expect(try bytes("a.zoo") == bytes("b.zoo"))
  }

  @Test func aDamagedCheckpointIsRefused() throws {
    let epochs = ["--epochs", "1000"]
    try kill("a.zoo", epochs) { files.contains("a.zoo.checkpoint") }
    let whole = try bytes("a.zoo.checkpoint")
    var flipped = whole
    flipped[whole.count - 5] ^= 1
    for damaged in [flipped, Array(whole.dropLast(100)), Array("no checkpoint".utf8), []] {
      _ = try folder.file("a.zoo.checkpoint", damaged)
      let outcome = try Program.run(command("a.zoo", epochs + ["--resume"]))
      #expect(outcome.status == 1 && outcome.errors.contains("a.zoo.checkpoint: "), "\(outcome)")
      #expect(outcome.errors.contains("begin anew"), "\(outcome.errors)")
    }
  }

  /// The head and the last byte are changed in turn: the file as a whole, then one entry.
  @Test(arguments: [9, -1])
  func damagedCachesAreComputedAnewAndSaidOnce(position: Int) throws {
    let home = try PictureFolder(classes: [], count: 0).path
    defer { try? FileManager.default.removeItem(atPath: home) }
    let options = ["--epochs", "3"]
    try #require(try Program.run(command("first.zoo", options), home: home).status == 0)
    let caches = home + "/.cache/zoo/features"
    let name = try #require(Program.files(in: caches).first { $0.hasSuffix(".features") })
    var damaged = try InputFile.contents(of: "\(caches)/\(name)", limit: 1 << 26)
    let expected = damaged
    damaged[position < 0 ? damaged.count + position : position] ^= 0xFF
    try Data(damaged).write(to: URL(fileURLWithPath: "\(caches)/\(name)"))
    let outcome = try Program.run(command("second.zoo", options), home: home)
    #expect(outcome.status == 0)
    #expect(outcome.errors.split(separator: "\n").count { $0.contains(name) } == 1, "\(outcome.errors)")
    #expect(try bytes("second.zoo") == bytes("first.zoo"))
    #expect(try Program.run(command("third.zoo", options), home: home).errors.isEmpty)
    if position > 0 {
      #expect(try InputFile.contents(of: "\(caches)/\(name)", limit: 1 << 26).count == expected.count)
    }
  }
}
