import Testing

@testable import ZooTransfer

/// What is told of runs that were timed, by a clock that a test turns.
@Suite struct PaceTests {
  @Test func theMedianIsTold() {
    #expect(Pace([0.2, 0.1, 0.12, 0.11, 0.11]).seconds == 0.11)
    #expect(Pace([0.1, 0.1, 0.1]).seconds == 0.1)
    #expect(Pace([2, 2.5]).seconds == 2.25, "they took long enough to tell")
  }

  @Test func tooFewAndTooDifferentRunsTellNothing() {
    #expect(Pace([]).seconds == nil)
    #expect(Pace([0.1, 0.1]).seconds == nil)
    // One in four takes half as long again, and more.
    #expect(Pace([0.1, 0.1, 0.1, 0.16, 0.16, 0.16]).seconds == nil)
    #expect(Pace([2]).seconds == nil && Pace([2, 4]).seconds == nil)
    #expect(abs((Pace([0.1, 0.1, 0.1, 0.14, 0.14, 0.14]).seconds ?? 0) - 0.12) < 1e-9)
    // A single hiccup is none of them.
    #expect(Pace([0.1, 0.1, 0.1, 0.1, 0.9]).seconds == 0.1)
  }

  /// Only what weighs much makes a sum unknown.
  @Test func pacesAreAdded() {
    let (steady, wild) = (Pace([0.1, 0.1, 0.1]), Pace([0.01, 0.02, 0.04]))
    #expect(wild.seconds == nil && (wild + Pace([])).seconds == nil && (steady + Pace([])).seconds == nil)
    #expect(abs(((3 * steady + wild).seconds ?? 0) - 0.32) < 1e-9)
    #expect((steady + 10 * wild).seconds == nil)
  }

  @Test func theFirstRunPreparesAndEnoughIsEnough() {
    var (time, runs) = (0.0, 0)
    let pace = Pace(by: { time }) {
      time += runs == 0 ? 50 : 0.3
      runs += 1
    }
    // A second of them.
    #expect(runs == 5 && abs((pace.seconds ?? 0) - 0.3) < 1e-9)
    runs = 0
    let brief = Pace(by: { time }) {
      time += 0.001
      runs += 1
    }
    #expect(runs == 13 && abs((brief.seconds ?? 0) - 0.001) < 1e-9)
  }

  private func stage(once: Double?, each: Double?) -> StagePreview {
    StagePreview(
      layers: "head", epochs: 3, learningRate: 1e-3, stepsPerEpoch: 4, trainableParameters: 5, cut: ["pool"],
      memory: 6, picturesToCompute: 7, secondsOnce: once, secondsEach: each, secondsSaved: each,
      mayEndSooner: false)
  }

  @Test func stagesAndFoldsAddUp() {
    let stages = [stage(once: 10, each: 2), stage(once: 0, each: 3)]
    #expect(stages[0].expected == .seconds(12) && stages.expected() == .seconds(15))
    // Features once; four folds of three quarters each, and all.
    #expect(stages.expected(folds: 4) == .seconds(30))
    #expect((stages + [stage(once: nil, each: 1)]).expected() == .unknown)
    #expect(stage(once: 1, each: nil).expected == .unknown)
  }

  /// What takes no longer than what is not measured is not told in numbers.
  @Test func whatIsBriefHasNoNumber() {
    let brief = stage(once: 0.1, each: 0.9)
    #expect(brief.expected == .brief && [brief].expected(folds: 5) == .brief)
    #expect([brief].expected(folds: 12) == .seconds(0.1 + 12 * 0.9))
    #expect(brief.expected.seconds == nil)
  }
}
