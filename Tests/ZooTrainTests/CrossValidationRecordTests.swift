import Testing
import ZooTrain

@Suite struct CrossValidationRecordTests {
  /// The expected figures are NumPy's `mean` and `std` of the same numbers.
  @Test func meanAndSpread() {
    let folds = [(0.9, 0.31, 0.88), (0.8, 0.52, 0.79), (0.85, 0.4, 0.86)].map {
      CrossValidationRecord.Scores(accuracy: $0.0, loss: $0.1, macroF1: $0.2)
    }
    let all = CrossValidationRecord.Scores(accuracy: 0.86, loss: 0.41, macroF1: 0.84)
    let record = CrossValidationRecord(pictures: [4, 3, 3], folds: folds, all: all)
    #expect(isClose(record.mean.accuracy, 0.85) && isClose(record.mean.loss, 0.41))
    #expect(isClose(record.mean.macroF1, 0.8433333333))
    #expect(isClose(record.spread.accuracy, 0.0408248290) && isClose(record.spread.loss, 0.0860232527))
    #expect(isClose(record.spread.macroF1, 0.0385861230))
    #expect(record.all == all)
  }
}
