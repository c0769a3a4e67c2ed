import Testing
import ZooSystem

@testable import ZooProbe

@Suite struct PrincipalComponentsTests {
  /// Rows with known scores along known directions: X = 1·mean + 3·a·v₁ᵀ + 1·b·v₂ᵀ, with a, b of zero mean and
  /// orthogonal, v₁ = (0.6, 0.8, 0, …), v₂ = (−0.8, 0.6, 0, …).
  private func known(columns: Int) -> Matrix {
    let (a, b): ([Float], [Float]) = ([1, -1, 1, -1, 0, 0], [1, 1, -1, -1, 2, -2])
    var x = Matrix(rows: 6, columns: columns)
    for row in 0..<6 {
      x[row, 0] = 5 + 3 * a[row] * 0.6 - b[row] * 0.8
      x[row, 1] = -2 + 3 * a[row] * 0.8 + b[row] * 0.6
      for column in 2..<columns { x[row, column] = 7 }
    }
    return x
  }

  /// More pictures than features, and fewer.
  @Test(arguments: [3, 40]) func theKnownDirectionsAreFound(columns: Int) throws {
    let components = try #require(PrincipalComponents(known(columns: columns)))
    // Σ(3a)² = 36, Σb² = 12. The largest loading of v₂ is −0.8, so its sign is turned.
    #expect(abs(components.explained[0] - 0.75) < 1e-5 && abs(components.explained[1] - 0.25) < 1e-5)
    let first: [Float] = [3, -3, 3, -3, 0, 0]
    let second: [Float] = [-1, -1, 1, 1, -2, 2]
    for row in 0..<6 {
      #expect(abs(components.coordinates[row, 0] - first[row]) < 1e-4)
      #expect(abs(components.coordinates[row, 1] - second[row]) < 1e-4)
    }
  }

  @Test func theSignDoesNotDependOnTheSideOfTheSmallerMatrix() throws {
    var random = SplitMix64(seed: 7)
    var x = Matrix(rows: 30, columns: 12)
    for index in x.values.indices { x.values[index] = Float.random(in: -1...1, using: &random) }
    var padded = Matrix(rows: 30, columns: 50)
    for row in 0..<30 { for column in 0..<12 { padded[row, column] = x[row, column] } }
    let (narrow, wide) = (try #require(PrincipalComponents(x)), try #require(PrincipalComponents(padded)))
    for (left, right) in zip(narrow.coordinates.values, wide.coordinates.values) {
      #expect(abs(left - right) < 1e-3)
    }
    #expect(narrow == PrincipalComponents(x))
  }

  @Test func constantFeaturesHaveNoDirection() throws {
    let same = Matrix(rows: 5, columns: 3, values: Array(repeating: 4, count: 15))
    let components = try #require(PrincipalComponents(same))
    #expect(components.explained == [0, 0] && components.coordinates.values.allSatisfy { $0 == 0 })
    #expect(
      try #require(PrincipalComponents(Matrix(rows: 1, columns: 2, values: [1, 2]))).explained == [0, 0])
  }

  @Test func oneFeatureHasOneDirection() throws {
    let line = try #require(PrincipalComponents(Matrix(rows: 3, columns: 1, values: [1, 2, 6])))
    #expect(abs(line.explained[0] - 1) < 1e-6 && line.explained[1] == 0)
    #expect(line.coordinates[2, 0] == 3 && line.coordinates[2, 1] == 0)
  }

  @Test func whatIsNoNumberIsRefused() {
    #expect(PrincipalComponents(Matrix(rows: 2, columns: 1, values: [.nan, 1])) == nil)
    #expect(PrincipalComponents(Matrix(rows: 0, columns: 4, values: [])) == nil)
  }
}
