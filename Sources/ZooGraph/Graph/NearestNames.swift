/// The names most like `name`, best first: at most `count`, and none that differs in more than half.
public func nearestNames(to name: String, amongst names: [String], count: Int = 3) -> [String] {
  let wanted = Array(name.lowercased().utf8.prefix(256))
  let limit = max(2, wanted.count / 2)
  let ranked = names.map {
    (name: $0, distance: editDistance(wanted, Array($0.lowercased().utf8.prefix(256))))
  }
  .filter { $0.distance <= limit }
  .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
  return ranked.prefix(count).map(\.name)
}

/// As in error messages: `unknown layer 'conv'; did you mean 'conv1' or 'conv2'?`
public func unknown(_ name: String, amongst names: [String], what: String) -> String {
  let near = nearestNames(to: name, amongst: names).map { "'\($0)'" }
  guard let last = near.last else { return "unknown \(what) '\(name)'" }
  let list = near.count == 1 ? last : near.dropLast().joined(separator: ", ") + " or " + last
  return "unknown \(what) '\(name)'; did you mean \(list)?"
}

/// Levenshtein's distance.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let substituted = diagonal + (left == right ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
