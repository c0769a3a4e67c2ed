// Names what is public and has no documentation: swift docs/undocumented.swift FOLDER-OF-SYMBOL-GRAPHS
import Foundation

struct SymbolGraph: Decodable {
  struct Symbol: Decodable {
    struct Location: Decodable {
      struct Position: Decodable { var line: Int }
      var uri: String
      var position: Position
    }
    struct Comment: Decodable {}
    struct Kind: Decodable { var identifier: String }
    var kind: Kind
    var pathComponents: [String]
    /// What the compiler makes by itself is nowhere.
    var location: Location?
    /// Its own, or that of the requirement which it fulfils.
    var docComment: Comment?
  }
  var symbols: [Symbol]
}

let folder = CommandLine.arguments[1]
var symbols = 0
var missing: [String] = []
for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".symbols.json")
{
  let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
  for symbol in try JSONDecoder().decode(SymbolGraph.self, from: data).symbols
  where symbol.kind.identifier != "swift.extension" {
    symbols += 1
    guard symbol.docComment == nil, let place = symbol.location else { continue }
    let file = place.uri.replacingOccurrences(of: "file://", with: "")
    missing.append("\(file):\(place.position.line + 1): \(symbol.pathComponents.joined(separator: "."))")
  }
}
for line in missing.sorted() { print("undocumented: \(line)") }
print("\(symbols) public symbols, \(missing.count) without documentation")
exit(missing.isEmpty && symbols > 0 ? 0 : 1)
