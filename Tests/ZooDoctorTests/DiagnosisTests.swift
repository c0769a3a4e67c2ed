import Glibc
import Testing
import ZooDoctor
import ZooImage
import ZooSystem

@Suite struct DiagnosisTests {
  let root: String

  init() throws {
    var template = Array("/tmp/zoo-doctor-XXXXXX".utf8CString)
    root = String(cString: mkdtemp(&template))
  }

  /// A 64×64 bitmap of a random pattern of blocks, a little brighter by `lift`.
  private func bitmap(seed: UInt64, lift: Int = 0) -> [UInt8] {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
    var random = SplitMix64(seed: seed)
    let blocks = (0..<64).map { _ in Int.random(in: 0...200, using: &random) }
    var out = Array("BM".utf8) + bytes(54 + 64 * 192, 4) + bytes(0, 4) + bytes(54, 4) + bytes(40, 4)
    out += bytes(64, 4) + bytes(64, 4) + bytes(1, 2) + bytes(24, 2) + bytes(0, 24)
    for row in 0..<64 {
      for column in 0..<64 {
        let value = UInt8(blocks[row / 8 * 8 + column / 8] + lift)
        out += [value, value, value]
      }
    }
    return out
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    var path = root
    for part in name.split(separator: "/").dropLast() {
      path += "/\(part)"
      mkdir(path, 0o755)
    }
    let file = try AtomicFile("\(root)/\(name)")
    try file.write(bytes)
    try file.commit()
  }

  /// Twelve different pictures of each of two classes in both parts.
  private func healthy() throws {
    var seed: UInt64 = 0
    for part in ["train", "val"] {
      for name in ["ants", "bees"] {
        for number in 1...12 {
          seed += 1
          try write("\(part)/\(name)/\(number).bmp", bitmap(seed: seed))
        }
      }
    }
  }

  private func diagnose() throws -> Diagnosis {
    Diagnosis(of: try Dataset(root, validationSplit: 0.2, seed: 0))
  }

  @Test func aHealthyFolderIsHealthy() throws {
    try healthy()
    let diagnosis = try diagnose()
    #expect(diagnosis.isHealthy, "\(diagnosis)")
    #expect(diagnosis.pictures == 48)
    #expect(diagnosis.classes.map(\.training) == [12, 12])
  }

  @Test func equalFilesAcrossTheSplitAndClassesAreFound() throws {
    try healthy()
    try write("val/bees/copy.bmp", bitmap(seed: 1))
    let found = try #require(try diagnose().duplicates.first)
    #expect(found.paths == ["\(root)/train/ants/1.bmp", "\(root)/val/bees/copy.bmp"])
    #expect(found.exact && found.acrossSplits && found.acrossClasses)
  }

  @Test func picturesThatLookAlikeAreFound() throws {
    try healthy()
    try write("train/ants/brighter.bmp", bitmap(seed: 1, lift: 30))
    let duplicates = try diagnose().duplicates
    #expect(duplicates.count == 1)
    #expect(duplicates.first?.paths == ["\(root)/train/ants/1.bmp", "\(root)/train/ants/brighter.bmp"])
    #expect(duplicates.first?.exact == false && duplicates.first?.acrossSplits == false)
  }

  @Test func unreadableAndMisnamedPicturesAreNamed() throws {
    try healthy()
    try write("train/ants/text.jpg", Array("text".utf8))
    try write("train/bees/really.png", bitmap(seed: 100))
    let diagnosis = try diagnose()
    #expect(diagnosis.unreadable.map(\.path) == ["\(root)/train/ants/text.jpg"])
    #expect(diagnosis.wrongExtensions.map(\.reason) == ["is a BMP, named .png"])
    // What an unread format needs is to be installed, not removed.
    let finding = try #require(diagnosis.findings.first { $0.name == "unreadable" })
    #expect(finding.advice == "replace or remove the file; --skip-bad leaves them out of a training")
    var without = diagnosis
    var scan = try #require(diagnosis.unreadable.first)
    scan.advice = "install libtiff"
    without.unreadable.append(scan)
    #expect(
      without.findings.first { $0.name == "unreadable" }?.advice
        == "replace or remove the file; install libtiff; --skip-bad leaves them out of a training")
  }

  @Test func whatIsNotReadIsNamed() throws {
    try healthy()
    try write("train/notes.txt", Array("text".utf8))
    #expect(try diagnose().isHealthy)
    try write("val/bees/scan.psd", Array("8BPS".utf8))
    let diagnosis = try diagnose()
    #expect(!diagnosis.isHealthy)
    #expect(diagnosis.unread.map(\.number) == ["1 Photoshop file", "1 text file"])
  }

  @Test func smallAndUnevenClassesAreNamed() throws {
    for number in 1...40 { try write("ants/\(number).bmp", bitmap(seed: UInt64(number))) }
    for number in 1...5 { try write("bees/\(number).bmp", bitmap(seed: UInt64(100 + number))) }
    let diagnosis = try diagnose()
    #expect(diagnosis.tinyClasses == ["bees"])
    #expect(diagnosis.imbalance == 8)
    #expect(!diagnosis.isHealthy)
  }

  /// One colour, or the same picture so often that it stands for others.
  @Test func placeholdersAreNamed() throws {
    try healthy()
    try PNGWriter.write(
      Array(repeating: 200, count: 64 * 64 * 3), width: 64, height: 64, channels: 3,
      to: "\(root)/train/ants/grey.png")
    for number in 1...4 { try write("train/bees/lost\(number).bmp", bitmap(seed: 500)) }
    let diagnosis = try diagnose()
    #expect(diagnosis.plain.map(\.path) == ["\(root)/train/ants/grey.png"])
    #expect(diagnosis.findings.map(\.name) == ["the same picture many times", "of one colour"])
    #expect(
      diagnosis.findings[0].items.count == 1 && diagnosis.findings[0].advice.contains("lost in a download"))
    #expect(!diagnosis.isHealthy)
  }

  @Test func unusualSizesAreNamedAndNoFault() throws {
    try healthy()
    var random = SplitMix64(seed: 8)
    for (name, height, width) in [("tiny", 20, 40), ("long", 40, 200)] {
      let pixels = (0..<(height * width * 3)).map { _ in UInt8.random(in: 0...255, using: &random) }
      try PNGWriter.write(
        pixels, width: width, height: height, channels: 3, to: "\(root)/train/ants/\(name).png")
    }
    let diagnosis = try diagnose()
    #expect(diagnosis.small.map(\.reason) == ["is 20×40 pixels"])
    #expect(diagnosis.long.map(\.reason) == ["is 40×200 pixels"])
    #expect(diagnosis.findings.map(\.name) == ["very small", "very long"] && diagnosis.isHealthy)
  }

  @Test func leaksComeFirstAndSayWhatToDo() throws {
    try healthy()
    try write("val/bees/copy.bmp", bitmap(seed: 1))
    try write("train/ants/brighter.bmp", bitmap(seed: 2, lift: 30))
    let findings = try diagnose().findings
    #expect(findings.map(\.name) == ["in train and val", "twice or more"])
    #expect(findings[0].advice.contains("validation flatters"))
    #expect(findings[0].items[0].hasSuffix("(in several classes)"))
    #expect(findings[1].items[0].hasSuffix("(look alike)"))
  }

  @Test func adviceDependsOnTheNumbers() {
    let even = [("ants", 100), ("bees", 120)].map { (name: $0.0, pictures: $0.1) }
    #expect(ClassAdvice(even).sentences.isEmpty)
    let uneven = [("ants", 400), ("bees", 100), ("none", 0)].map { (name: $0.0, pictures: $0.1) }
    #expect(
      ClassAdvice(uneven).sentences.count == 1 && ClassAdvice(uneven).sentences[0].contains("--balance"))
    #expect(ClassAdvice(uneven, balances: true).sentences.isEmpty)
    let few = [("ants", 12), ("bees", 10)].map { (name: $0.0, pictures: $0.1) }
    #expect(ClassAdvice(few).sentences.count == 1 && ClassAdvice(few).sentences[0].contains("--augment"))
    #expect(ClassAdvice(few, augments: true).sentences.isEmpty)
  }
}
