/// The names most like `name`, best first: at most `count`, and none that differs in more than a third, unless it only
/// goes on where `name` ends. Dashes at the beginning, which all options have, make no names alike.
public func nearestNames(to name: String, amongst names: [String], count: Int = 3) -> [String] {
  func compared(_ name: String) -> [UInt8] {
    Array(name.lowercased().utf8.drop { $0 == UInt8(ascii: "-") }.prefix(256))
  }
  let wanted = compared(name)
  let limit = (wanted.count + 1) / 3
  let ranked = names.map { (name: $0, letters: compared($0)) }.filter { !$0.letters.isEmpty }.map {
    (name: $0.name, distance: editDistance(wanted, $0.letters), goesOn: $0.letters.starts(with: wanted))
  }
  .filter { $0.distance <= limit || ($0.goesOn && wanted.count > 1) }
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
