import FoundationEssentials
import Testing
import ZooSystem

/// Reports as a browser shows them. `make interop` installs Chromium, and runs these.
@Suite(.enabled(if: Browser.path != nil, "Chromium is not installed")) struct ReportPageTests {
  static let sections = [
    "Training", "Confusion", "Classes", "Calibration", "Map", "Hardest pictures", "Data", "Model",
    "How it was made",
  ]

  /// Three stages on two classes; the second is shorter than its name.
  private func small(in folder: TemporaryFolder) throws -> String {
    let pictures = try PictureFolder(classes: ["<b>checker</b>", "plain"], count: 20)
    return try train(
      pictures, "small", in: folder, "--stages", "head:2@1e-3, conv_pw_13:1@1e-4, conv_pw_13:2@1e-5")
  }

  /// Many classes with long names.
  private func large(in folder: TemporaryFolder) throws -> String {
    let names = (0..<60).map {
      "A rather long name of a class without end, the number \($0), " + String(repeating: "x", count: 90)
    }
    return try train(try PictureFolder(classes: names, count: 3), "large", in: folder, "--epochs", "2")
  }

  private func train(
    _ pictures: PictureFolder, _ name: String, in folder: TemporaryFolder, _ options: String...
  ) throws -> String {
    let base = folder.path + "/base.zoo"
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
    let outcome = try Program.run(
      ["train", base, pictures.path, "-o", "\(folder.path)/\(name).zoo", "--batch", "8", "--no-plan"]
        + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return "\(folder.path)/\(name).report.html"
  }

  private func check(_ layout: Browser.Layout, charts: Int) {
    #expect(layout.scrollWidth <= layout.clientWidth)
    #expect(layout.overflowing.isEmpty)
    #expect(Array(layout.headings.dropFirst()) == Self.sections)
    #expect(layout.charts.count == charts)
    for chart in layout.charts {
      #expect(chart.box[2] > 200 && chart.box[3] > 80, "\(chart)")
      #expect(chart.textHeight > 8, "\(chart)")
      #expect(chart.overlaps.isEmpty, "\(chart)")
      #expect(chart.label.count > 20)
    }
    #expect(layout.pictures.allSatisfy { $0.isLoaded && !$0.alt.isEmpty })
    #expect(layout.requests.isEmpty && layout.scripts == 0)
    #expect(layout.unnamedTables == 0)
  }

  @Test(arguments: [1_280, 768, 360]) func nothingSticksOut(width: Int) throws {
    let folder = try TemporaryFolder()
    let layout = try Browser().layout(of: try small(in: folder), width: width)
    // Loss, accuracy, learning rate, reliability, histogram, map.
    check(layout, charts: 6)
    // Each of the hardest with its heat map.
    #expect(layout.pictures.count == 16)
  }

  @Test(arguments: [1_280, 360]) func manyClassesWithLongNamesFit(width: Int) throws {
    let folder = try TemporaryFolder()
    let layout = try Browser().layout(of: try large(in: folder), width: width)
    check(layout, charts: 5)
    #expect(layout.height < 20_000)
  }

  @Test(arguments: [false, true]) func chartsAreDrawn(isDark: Bool) throws {
    let folder = try TemporaryFolder()
    let page = try small(in: folder)
    let (width, height) = (1_280, 4_000)
    let layout = try Browser().layout(of: page, width: width)
    let pixels = try Browser().screenshot(of: page, width: width, height: height, isDark: isDark)
    #expect(isDark ? pixels[0] < 60 : pixels[0] > 240, "the background is \(pixels[0..<3])")
    let boxes = layout.charts.map(\.box).filter { $0[1] + $0[3] < Double(height) }
    #expect(boxes.count == 6)
    for box in boxes {
      var coloured = 0
      for y in Int(box[1])..<Int(box[1] + box[3]) {
        for x in Int(box[0])..<Int(box[0] + box[2]) {
          let pixel = pixels[((y * width + x) * 3)..<((y * width + x) * 3 + 3)]
          if (pixel.max() ?? 0) - (pixel.min() ?? 0) > 20 { coloured += 1 }
        }
      }
      #expect(coloured > 150, "\(box)")
    }
  }

  @Test func itPrintsOnAFewPages() throws {
    let folder = try TemporaryFolder()
    let pdf = String(decoding: try Browser().pdf(of: try small(in: folder)), as: UTF8.self)
    #expect(pdf.hasPrefix("%PDF"))
    let pages = pdf.matches(of: /\/Type \/Page\b/).count
    #expect((3...8).contains(pages), "\(pages) pages")
  }
}
