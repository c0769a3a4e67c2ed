import FoundationEssentials
import Testing
import ZooArrays
import ZooSystem

/// `--exif`: in every verb, and remembered by what was trained with it.
@Suite struct ExifTests {
  private let folder: TemporaryFolder
  private let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = folder.path + "/demo.zoo"
    try Program.succeed("convert", Program.demoBase, "-o", model)
  }

  private func picture(_ name: String) -> String { Program.root + "/Tests/ZooImageTests/Foreign/" + name }

  private func features(_ picture: String, _ options: String...) throws -> [Float] {
    let output = folder.path + "/f.npz"
    let outcome = try Program.run(["extract", model, picture, "-o", output] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let file = try NpzFile(output)
    #expect(
      try file.strings("orientation", limit: 1 << 10) == [options.contains("--exif") ? "exif" : "as stored"])
    return try file.floats("features", limit: 1 << 16)
  }

  @Test func featuresAreThoseOfTheTurnedPicture() throws {
    let turned = try features(picture("exif6.png.turned.png"))
    #expect(try features(picture("exif6.png"), "--exif") == turned)
    #expect(try features(picture("exif6.png")) != turned)
  }

  @Test func whatWasTrainedSoRemembersIt() throws {
    let data = URL(filePath: folder.path).appending(path: "data")
    defer { try? FileManager.default.removeItem(at: data) }
    for number in 1...8 {
      let place = data.appending(path: number <= 4 ? "a" : "b")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: picture("exif\(number).png"), toPath: place.appending(path: "\(number).png").path)
    }
    let own = folder.path + "/own.zoo"
    let training = ["train", model, data.path, "-o", own, "--epochs", "1", "--no-plan", "--no-cache"]
    #expect(try Program.run(training + ["--exif"]).status == 0)
    #expect(try Program.succeed("info", own).contains("orientation    by EXIF"))
    #expect(try !Program.succeed("info", model).contains("by EXIF"))

    let outcomes = try ["exif6.png", "exif6.png.turned.png", "exif1.png"].map { name in
      let outcome = try Program.run(["predict", own, picture(name), "--json"])
      #expect(outcome.status == 0 && outcome.errors.contains("as those that \(own) was trained on"))
      return outcome.output.split(separator: "\n").filter { !$0.contains("path") }
    }
    #expect(outcomes[0] == outcomes[1] && outcomes[0] != outcomes[2])
    let measured = try Program.run(["evaluate", own, data.path, "--json"])
    #expect(measured.output.contains(#""exif" : true"#), "\(measured)")
    let page = try String(contentsOf: URL(filePath: folder.path + "/own.report.html"), encoding: .utf8)
    #expect(page.contains("turned by EXIF"))

    let doctor = try Program.run(["doctor", data.path])
    #expect(doctor.output.contains("turned by their EXIF orientation: 7, such as"), "\(doctor)")
    #expect(doctor.output.contains("with --exif, zoo's commands turn them"))
  }
}
