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
      memory: 6, picturesToCompute: 7, secondsOnce: once, secondsEach: each, mayEndSooner: false)
  }

  @Test func stagesAndFoldsAddUp() {
    let stages = [stage(once: 10, each: 2), stage(once: 0, each: 3)]
    #expect(stages[0].expectedSeconds == 12 && stages.expectedSeconds() == 15)
    // Features once; four folds of three quarters each, and all.
    #expect(stages.expectedSeconds(folds: 4) == 30)
    #expect((stages + [stage(once: nil, each: 1)]).expectedSeconds() == nil)
    #expect(stage(once: 1, each: nil).expectedSeconds == nil)
  }
}
