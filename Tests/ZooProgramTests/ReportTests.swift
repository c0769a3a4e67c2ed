import FoundationEssentials
import Testing
import ZooSystem

/// `zoo report` on the demo's base and pictures of two classes, one of which has a hostile name.
@Suite struct ReportTests {
  private static let hostile = "<script>alert('ant')<"

  let folder: TemporaryFolder
  let base: String
  let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    base = folder.path + "/base.zoo"
    pictures = try PictureFolder(classes: [Self.hostile, "plain"], count: 10)
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try InputFile.contents(of: "\(folder.path)/\(name)", limit: 1 << 24), as: UTF8.self)
  }

  private func train(_ options: String...) throws {
    let outcome = try Program.run(
      ["train", base, pictures.path, "-o", folder.path + "/model.zoo", "--batch", "8", "--threads", "1"]
        + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  /// The cell of the page's confusion matrix, and the accuracy, of what `train` wrote and of what `report` writes
  /// about the same model on the pictures it was validated on.
  @Test(arguments: [
    ["--epochs", "3"],
    ["--epochs", "2", "--head", "linear"],
    ["--stages", "head:2@1e-3, conv_pw_13:2@1e-4", "--head", "dense:16:relu,dropout:0.3,dense"],
    ["--unfreeze", "conv_pw_12", "--epochs", "2", "--augment", "flip", "--loss", "binary"],
  ])
  func trainAndReportAgree(options: [String]) throws {
    let parted = try PictureFolder(classes: [], count: 0)
    for part in ["train", "val"] {
      for name in [Self.hostile, "plain"] {
        for number in 0..<10 where number < 6 || part == "train" {
          let bytes = try InputFile.contents(of: "\(pictures.path)/\(name)/\(number).bmp", limit: 1 << 20)
          try parted.write("\(part)/\(name)/\(number).bmp", bytes)
        }
      }
    }
    let outcome = try Program.run(
      ["train", base, parted.path, "-o", folder.path + "/model.zoo", "--batch", "8", "--threads", "1"]
        + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let trained = try text("model.report.html")
    try Program.succeed("report", folder.path + "/model.zoo", parted.path, "-o", folder.path + "/again.html")
    let again = try text("again.html")
    for part in [/<dt>Accuracy<\/dt><dd>[^<]*/, /<section id="confusion"[\s\S]*?<\/section>/] {
      let left = try #require(trained.firstMatch(of: part))
      let right = try #require(again.firstMatch(of: part))
      #expect(left.output == right.output)
    }
    let losses = try [trained, again].map { page in
      let found = try #require(page.firstMatch(of: /<dt>Loss<\/dt><dd>([0-9.]+)/))
      return try #require(Double(found.output.1))
    }
    #expect(abs(losses[0] - losses[1]) < 1e-3, "\(losses)")
    #expect(again.contains("measured on 12 pictures"))
    #expect(trained.matches(of: /class="m m/).count == again.matches(of: /class="m m/).count)
  }

  @Test func hostileNamesAreText() throws {
    try train("--epochs", "2")
    let page = try text("model.report.html")
    #expect(!page.contains("<script"))
    #expect(page.contains("&lt;script&gt;alert(&#39;ant&#39;)&lt;"))
    #expect(page.contains("data:image/jpeg;base64,/9j/"))
    #expect(page.contains(/oneDNN \d+\.\d+\.\d+/))
    #expect(page.contains(/<dt>OpenBLAS<\/dt><dd>\d+\.\d+/))
  }

  @Test func withoutALogThePageIsMadeAllTheSame() throws {
    try train("--epochs", "1")
    let model = folder.path + "/model.zoo"
    _ = try folder.file("model.log.json", "{}")
    let damaged = try Program.run(["report", model, pictures.path])
    #expect(damaged.status == 0 && damaged.errors.contains("model.log.json: is not the log of a training"))
    try FileManager.default.removeItem(atPath: folder.path + "/model.log.json")
    let outcome = try Program.run(["report", model, pictures.path])
    #expect(outcome.status == 0 && !outcome.errors.contains("warning"), "\(outcome)")
    #expect(outcome.output.contains("model.report.html: written"))
    #expect(try text("model.report.html").contains("there is no model.log.json beside it"))
  }

  @Test func whatCannotBeReportedIsRefused() throws {
    try Program.refuse(
      ["report", base, pictures.path, "-o", folder.path + "/no.html"], saying: ["has no classifier"],
      writingNothingIn: folder)
    try train("--epochs", "1")
    let model = folder.path + "/model.zoo"
    let otherwise = try Program.run(["report", model, pictures.path, "-o", folder.path + "/page.pdf"])
    #expect(otherwise.status == 2 && otherwise.errors.contains("is a page in HTML; use -o"), "\(otherwise)")
    let others = try PictureFolder(classes: ["plainn"], count: 2)
    try Program.refuse(
      ["report", model, others.path, "-o", folder.path + "/no.html"],
      saying: ["plainn", "did you mean 'plain'"],
      writingNothingIn: folder)
    try Program.refuse(
      ["report", model, pictures.path, "-o", folder.path + "/none/no.html"], saying: ["does not exist"],
      writingNothingIn: folder)
    try pictures.write("plain/bad.bmp", Array("no picture".utf8))
    try Program.refuse(
      ["report", model, pictures.path, "-o", folder.path + "/no.html"], saying: ["plain/bad.bmp"],
      writingNothingIn: folder)
    let skipping = try Program.run(["report", model, pictures.path, "--skip-bad"])
    #expect(skipping.status == 0 && skipping.errors.contains("plain/bad.bmp"))
    #expect(try text("model.report.html").contains("1 left out as unreadable"))
  }
}
