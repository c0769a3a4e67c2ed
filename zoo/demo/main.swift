import FoundationEssentials
import Glibc
import ZooArrays
import ZooSystem

/// What the demo needs beside `zoo`: a folder of drawn pictures, and a check of what features are worth.
///
///     zoo-demo pictures FOLDER        draws 12 pictures of each class
///     zoo-demo neighbours FILE.npz    classifies each picture by its nearest neighbour among the others

do {
  let arguments = CommandLine.arguments
  switch (arguments.count, arguments.dropFirst().first) {
  case (3, "pictures"): try drawPictures(into: arguments[2])
  case (3, "neighbours"): try checkNeighbours(arguments[2])
  default:
    print("usage: zoo-demo pictures FOLDER | neighbours FILE.npz")
    exit(2)
  }
} catch {
  print("zoo-demo: \(error)")
  exit(1)
}

func drawPictures(into folder: String) throws {
  var random = SplitMix64(seed: 7)
  for name in Drawing.classes {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    for number in 1...12 {
      let file = try AtomicFile("\(folder)/\(name)/\(number).bmp")
      try file.write(Drawing(of: name, &random).bitmap)
      try file.commit()
    }
  }
  print("drew \(12 * Drawing.classes.count) pictures of \(Drawing.classes.count) classes into \(folder)")
}

/// By cosine similarity, each picture left out in turn.
func checkNeighbours(_ path: String) throws {
  let file = try NpzFile(path)
  let labels = try file.integers("labels", limit: 1 << 20)
  let values = try file.floats("features", limit: 1 << 28)
  let width = values.count / max(1, labels.count)
  let rows = labels.indices.map { normalised(values[($0 * width)..<(($0 + 1) * width)]) }
  var right = 0
  for (index, row) in rows.enumerated() {
    let nearest = rows.indices.filter { $0 != index }.max { dot(row, rows[$0]) < dot(row, rows[$1]) }
    if let nearest, labels[nearest] == labels[index] { right += 1 }
  }
  print("nearest neighbour by features: \(right) of \(rows.count) pictures have one of their own class")
}

func normalised(_ row: ArraySlice<Float>) -> [Float] {
  let length = max(dot(Array(row), Array(row)).squareRoot(), .leastNormalMagnitude)
  return row.map { $0 / length }
}

func dot(_ a: [Float], _ b: [Float]) -> Float {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
