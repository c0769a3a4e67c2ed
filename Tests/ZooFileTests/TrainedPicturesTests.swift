import FoundationEssentials
import Testing
import ZooFile

@Suite struct TrainedPicturesTests {
  private let first = [UInt8](repeating: 200, count: 32)
  private let second = [UInt8](repeating: 3, count: 32)

  @Test func hashesAreShortSortedAndDistinct() throws {
    let trained = TrainedPictures(
      seed: 1, validationShare: nil, heldOut: 0, pictures: [first, second, first])
    #expect(trained.count == 2)
    #expect(trained.pictures == [Array(first.prefix(8)), Array(second.prefix(8))])
    let other = TrainedPictures(seed: 1, validationShare: nil, heldOut: 0, pictures: [second, first])
    #expect(trained == other)
  }

  /// As FORMAT.md says, and nothing that a damaged or hostile file may say.
  @Test func theFormatIsRead() throws {
    func read(_ json: String) throws -> TrainedPictures {
      try JSONDecoder().decode(TrainedPictures.self, from: Data(json.utf8))
    }
    let trained = try read(#"{"seed": 5, "validationShare": 0.2, "heldOut": 3, "hashes": "AAECAwQFBgc="}"#)
    #expect(trained.seed == 5 && trained.validationShare == 0.2 && trained.heldOut == 3)
    #expect(trained.pictures == [[0, 1, 2, 3, 4, 5, 6, 7]])
    #expect(try read(#"{"seed": 5, "heldOut": 0, "hashes": ""}"#).count == 0)
    for damaged in [
      #"{"seed": 5, "heldOut": 3, "hashes": "AAECAwQFBg=="}"#, #"{"seed": 5, "heldOut": -1, "hashes": ""}"#,
      #"{"seed": -5, "heldOut": 3, "hashes": ""}"#, #"{"seed": 5, "heldOut": 3, "hashes": "no base64"}"#,
    ] {
      #expect(throws: (any Error).self) { try read(damaged) }
    }
  }
}
