import Glibc
import Testing
import ZooImage
import ZooSystem

@Suite struct DatasetTests {
  @Test func splitsAreStratifiedAndRepeatable() {
    let labels = Array(repeating: [0], count: 20) + Array(repeating: [1], count: 10) + [[2]]
    let split = Split(labels: labels, fraction: 0.2, seed: 5)
    #expect(split.validation.count { labels[$0] == [0] } == 4)
    #expect(split.validation.count { labels[$0] == [1] } == 2)
    #expect(!split.validation.contains(30), "a class of one picture is learnt from")
    #expect(Set(split.training + split.validation) == Set(labels.indices))
    #expect(split == Split(labels: labels, fraction: 0.2, seed: 5))
    #expect(split != Split(labels: labels, fraction: 0.2, seed: 6))
  }

  @Test func picturesOfSeveralClassesAreHeldOutEvenly() {
    // 0 is everywhere, 1 in every second picture, 2 in every tenth, 3 in two; 20 pictures show nothing.
    var labels = (0..<100).map { number in
      [0] + (number.isMultiple(of: 2) ? [1] : []) + (number.isMultiple(of: 10) ? [2] : [])
    }
    labels[3] += [3]
    labels[7] += [3]
    labels += Array(repeating: [], count: 20)
    for seed in UInt64(0)..<20 {
      let split = Split(labels: labels, fraction: 0.2, seed: seed)
      func held(_ label: Int) -> Int { split.validation.count { labels[$0].contains(label) } }
      #expect(held(0) == 20 && held(1) == 10 && held(2) == 2 && held(3) == 1, "seed \(seed)")
      #expect(split.validation.count { labels[$0].isEmpty } == 4)
      #expect(Set(split.training + split.validation) == Set(labels.indices))
    }
  }

  @Test func theLastPictureOfAClassIsLearntFrom() {
    // Holding out one of each of 0, 1 and 2 could take both pictures of 3.
    let labels = [[0, 3], [0], [1, 3], [1], [2], [2]]
    for seed in UInt64(0)..<50 {
      let split = Split(labels: labels, fraction: 0.5, seed: seed)
      #expect(Set(split.training.flatMap { labels[$0] }) == [0, 1, 2, 3], "seed \(seed)")
    }
  }

  /// Makes empty picture files.
  private func folder(_ files: [String]) throws -> String {
    var template = Array("/tmp/zoo-dataset-XXXXXX".utf8CString)
    let root = String(cString: mkdtemp(&template))
    for file in files {
      var path = root
      for part in file.split(separator: "/").dropLast() {
        path += "/\(part)"
        mkdir(path, 0o755)
      }
      let out = try AtomicFile("\(root)/\(file)")
      try out.commit()
    }
    return root
  }

  @Test func trainAndValAreTakenAsTheyAre() throws {
    let root = try folder(["train/ants/1.jpg", "train/bees/2.jpg", "val/ants/3.jpg", "val/bees/4.jpg"])
    let data = try Dataset(root, validationSplit: 0.5, seed: 1)
    #expect(data.classNames == ["ants", "bees"])
    #expect(data.training.items.map(\.path) == ["\(root)/train/ants/1.jpg", "\(root)/train/bees/2.jpg"])
    #expect(data.validation.items.map(\.label) == [0, 1])
    #expect(try LabelledPictures(root).toEvaluate.items == data.validation.items)
  }

  @Test func everyListKnowsThePartsOfItsPictures() throws {
    let root = try folder([
      "train/ants/1.jpg", "train/bees/2.jpg", "valid/ants/3.jpg", "valid/bees/4.jpg", "test/ants/5.jpg",
      "6.jpg",
    ])
    let list = try ImageList(inputs: [root])
    #expect(list.classNames == ["ants", "bees"] && list.items.map(\.label) == [0, 1, 0, 1])
    #expect(list.items.map(\.part) == [.train, .train, .val, .val])
    #expect(list.leftOut == ["\(root)/6.jpg"])
    #expect(list.unread.kinds.map(\.number) == ["1 picture in 'test'"])
    let other = try folder(["bees/1.jpg", "wasps/2.jpg"])
    let both = try ImageList(inputs: [root, other])
    #expect(both.classNames == ["ants", "bees", "wasps"] && both.items.map(\.label) == [0, 1, 0, 1, 1, 2])
    #expect(both.items.map(\.part) == [.train, .train, .val, .val, nil, nil])
  }

  @Test(arguments: [["train", "test"], ["train"], ["Validation", "testing"]])
  func partsAreNoClasses(names: [String]) throws {
    let root = try folder(names.map { "\($0)/ants/1.jpg" })
    let error = #expect(throws: FileError.self) { try LabelledPictures(root) }
    #expect(error?.reason.contains("called as parts of a data set, not as classes") == true)
    // As the name of one class among others, `train` is one.
    let vehicles = try folder(["train/1.jpg", "bus/2.jpg"])
    #expect(try LabelledPictures(vehicles).list.classNames == ["bus", "train"])
  }

  @Test func aPlainFolderIsSplitByClass() throws {
    let root = try folder((1...10).flatMap { ["ants/\($0).jpg", "bees/\($0).jpg"] })
    let data = try Dataset(root, validationSplit: 0.2, seed: 1)
    #expect(data.training.items.count == 16 && data.validation.items.count == 4)
    #expect(data.validation.items.count { $0.label == 0 } == 2)
  }

  @Test func classesMustBeThereAndTheSame() throws {
    for files in [
      ["ants/1.jpg"], ["1.jpg", "2.jpg"],
      ["train/ants/1.jpg", "train/bees/2.jpg", "val/ants/3.jpg", "val/wasps/4.jpg"],
    ] {
      let root = try folder(files)
      #expect(throws: FileError.self, "\(files)") { try Dataset(root, validationSplit: 0.2, seed: 1) }
    }
  }
}
