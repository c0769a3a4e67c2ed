import FoundationEssentials
import Glibc
import Testing
import ZooSystem

/// How the program may be called, and what it says where it may not.
@Suite struct CallTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    ["list", "VGG"], ["list", "vgg1*"], ["list", "vgg?*"], ["list", "Vgg", "-q"],
  ]) func basesAreFoundByPartsOfTheirNames(arguments: [String]) throws {
    let lines = try Program.run(arguments).output.split(separator: "\n")
    #expect(lines.dropFirst().map { $0.prefix(5) } == ["vgg16", "vgg19"])
  }

  @Test func optionsStandAnywhere() throws {
    let expected = try Program.succeed("list", "vgg16", "--json")
    for arguments in [["--json", "list", "vgg16"], ["--threads", "2", "list", "--json", "vgg16"]] {
      #expect(try Program.run(arguments).output == expected, "\(arguments)")
    }
    let model = folder.path + "/a.zoo"
    #expect(try Program.run(["convert", Program.demoBase, "-o\(model)", "-q"]).output.isEmpty)
    #expect(access(model, F_OK) == 0)
    #expect(try Program.succeed("-V") == Program.succeed("version"))
    #expect(try Program.succeed("list", "-qV") == Program.succeed("version"))
    #expect(try Program.succeed("list", "-h") == Program.succeed("help", "list"))
    let verbose = try Program.run(["-qv", "info", model])
    #expect(verbose.errors.contains("zoo: took ") && verbose.status == 0, "\(verbose)")
  }

  @Test(arguments: [
    (["list", "--jsn"], "unknown option '--jsn'; did you mean '--json'?"),
    (["list", "--xyzzy"], "unknown option '--xyzzy'; see 'zoo list --help'"),
    (["--verson"], "did you mean '--version'?"), (["-q"], "which command?"), (["--json"], "which command?"),
    (["extract", "a", "b", "-o", "c.parquet"], "use one of .npy, .npz, .csv"),
    (["predict", "a", "b", "-o", "c.txt"], "tables are written as .csv or .jsonl, found .txt"),
    (["predict", "a", "b", "-o", "c.parquet"], "found .parquet; a folder is given as c.parquet/"),
    (["export", "a", "-o", "c.tflite"], "known are .onnx, .keras"),
    (["list", "-json"], "the option is --json"), (["extract", "a", "b", "-o=c.npy"], "-o c.npy"),
    (["extract", "a", "b", "-o", "--json"], "--output needs a value"),
    (["train", "a", "b", "-o", "c.keras"], "'zoo export c.zoo -o c.keras'"),
    (["convert", "a.h5", "-o", "c.h5"], "'zoo export c.zoo -o c.h5'"),
    (["convert", "a.h5", "-o", "-"], "cannot be written to standard output"),
    (["export", "a.zoo", "-o", "-"], "cannot be written to standard output"),
    (["fetch", "vgg16", "-o", "c.h5"], "'zoo export c.zoo -o c.h5'"),
    (["train", "a", "-o", "b.zoo"], "takes MODEL and DATA, found 'a'"),
    (["train", "a", "b", "-o", "c.zoo", "--head", "dnse"], "--head: "),
    (["train", "a", "b", "-o", "c.zoo", "--augment", "flp"], "--augment: "),
    (["train", "a", "b", "-o", "c.zoo", "--stages", "head"], "--stages: "),
    (["train", "a", "b", "-o", "c.zoo", "--resume", "--overwrite"], "contradict each other"),
  ]) func mistakesInTheCallAreNamed(arguments: [String], reason: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 2 && outcome.errors.contains(reason), "\(outcome)")
  }

  @Test func errorsForProgramsAreJSON() throws {
    struct Report: Decodable {
      struct Details: Decodable {
        var message: String
        var status: Int32
      }
      var error: Details
    }
    for arguments in [["info", "nothing", "--json"], ["--json", "lst"]] {
      let outcome = try Program.run(arguments)
      let report = try JSONDecoder().decode(Report.self, from: Data(outcome.errors.utf8))
      #expect(report.error.status == outcome.status && outcome.output.isEmpty)
      #expect(report.error.message.contains("unknown"))
    }
  }

  @Test func swappedArgumentsAreRecognised() throws {
    let model = folder.path + "/a.zoo"
    try Program.succeed("convert", Program.demoBase, "-o", model)
    let pictures = try PictureFolder(classes: ["a", "b"], count: 2)
    for verb in ["evaluate", "predict", "report", "probe"] {
      let outcome = try Program.run([verb, pictures.path, model])
      #expect(outcome.status == 2 && outcome.errors.contains("MODEL comes first"), "\(outcome)")
    }
    let outcome = try Program.run(["verify", Program.demoBase, model])
    #expect(outcome.status == 2 && outcome.errors.contains("comes before SOURCE"), "\(outcome)")
  }

  /// Converted once, found again by content, and said so.
  @Test func aKerasFileIsAModel() throws {
    let home = try PictureFolder(classes: [], count: 0).path
    defer { try? FileManager.default.removeItem(atPath: home) }
    let pixels = Program.root + "/Tests/Goldens/demo/pixels.npy"
    let first = try Program.run(["predict", Program.demoBase, pixels, "--json"], home: home)
    #expect(
      first.status == 0 && first.errors.contains("converted once, to \(home)/.local/share/zoo"), "\(first)")
    let second = try Program.run(["predict", Program.demoBase, pixels, "--json"], home: home)
    #expect(second.output == first.output && !second.errors.contains("converted"), "\(second)")
    #expect(Program.files(in: home + "/.local/share/zoo/models/converted").count == 3)
  }

  @Test func severalFilesAreConverted() throws {
    let bytes = try InputFile.contents(of: Program.demoBase, limit: 1 << 24)
    let sources = try ["a.h5", "b.h5"].map { try folder.file($0, bytes) }
    let bad = try folder.file("bad.h5", "text")
    let outcome = try Program.run(["convert", bad] + sources + ["--base", "mobilenet_0.25_128"])
    #expect(
      outcome.status == 1 && outcome.errors.contains("1 of 3 files could not be converted"), "\(outcome)")
    #expect(outcome.errors.contains("bad.h5: is a text file"))
    for name in ["a", "b"] { try Program.succeed("verify", "\(folder.path)/\(name).zoo") }
    unlink(bad)
    mkdir(folder.path + "/out", 0o755)
    try Program.succeed(
      "convert", folder.path, "-o", folder.path + "/out", "--base", "mobilenet_0.25_128", "-q")
    #expect(Program.files(in: folder.path + "/out") == [".", "..", "a.zoo", "b.zoo"])
    let one = try Program.run(["convert"] + sources + ["-o", folder.path + "/x.zoo"])
    #expect(one.status == 2 && one.errors.contains("it is a folder"), "\(one)")
  }
}
