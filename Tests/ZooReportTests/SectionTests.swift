import Testing
import ZooImage

@testable import ZooReport
@testable import ZooTrain

/// What the sections say about a made-up classifier.
@Suite struct SectionTests {
  private func training(_ epochs: Int, stages: Bool = false) throws -> MadeUp {
    var madeUp = MadeUp()
    madeUp.epochs = (1...epochs).map { epoch in
      .init(
        epoch, stage: stages && epoch > epochs / 2 ? 2 : 1, rate: stages && epoch > epochs / 2 ? 1e-5 : 1e-3,
        loss: 1 / Double(epoch), best: epoch == 1 || epoch == epochs)
    }
    return madeUp
  }

  @Test func theFiguresAreThere() throws {
    let html = try training(4).html()
    // Three of four pictures are right.
    #expect(html.contains("<dd>75.00 %<small>95\u{A0}% interval 30.1–95.4\u{A0}%"))
    #expect(html.contains("1 of 4 pictures are taken for another class"))
    #expect(html.contains("<b>ant</b> is taken for <b>bee</b> (1 picture)"))
    #expect(html.contains("title=\"ant taken for bee: 1 of 2 (50.00 %)\""))
    #expect(html.contains("<dd>4<small>of 4"))
  }

  @Test func theWholeIntervalOfWilson() {
    // R: prop.test(3, 4, correct = FALSE)
    let interval = wilsonInterval(0.75, 4)
    #expect(abs(interval.lowerBound - 0.3006418) < 1e-6 && abs(interval.upperBound - 0.9544127) < 1e-6)
    #expect(wilsonInterval(0, 0) == 0...1)
    #expect(wilsonInterval(1, 1).upperBound == 1)
  }

  @Test func curvesShowStagesAndTheBestEpoch() throws {
    let html = try training(6, stages: true).html()
    #expect(html.contains("Epoch 6 was the best, with a validation accuracy of 91.67 % and a loss of 0.2500"))
    // In three charts: loss, accuracy, learning rate.
    #expect(html.matches(of: /class="best"/).count == 3)
    #expect(html.matches(of: /class="border"/).count == 3)
    // Above the area and the word at the best epoch, where no curve is.
    for name in html.matches(of: /y="([-0-9.]+)">stage 2</) {
      let place = try #require(Double(name.output.1))
      #expect(
        html.matches(of: /class="line [a-z]+" points="([^"]*)"/).allSatisfy { points in
          points.output.1.split(separator: " ").allSatisfy {
            (Double($0.split(separator: ",")[1]) ?? 0) > place + 12
          }
        })
    }
    #expect(html.contains(">stage 2</text>") && html.contains(">10⁻³</text>"))
    #expect(html.matches(of: /<circle class="dot val"[^>]*><title>epoch/).count == 12)
  }

  @Test func oneEpochIsAPoint() throws {
    let html = try training(1).html()
    #expect(html.contains("1 epoch. Epoch 1 was the best"))
    #expect(html.contains("<circle class=\"dot val\"") && !html.contains("class=\"line val\""))
    #expect(html.contains("Learning rate 0.001 throughout"))
    #expect(!html.contains("nan"))
  }

  @Test func withoutALogThePageSaysSo() throws {
    var madeUp = MadeUp()
    madeUp.training = .unknown("Nobody wrote <it> down.")
    let html = try madeUp.html()
    #expect(html.contains("Nobody wrote &lt;it&gt; down."))
    #expect(html.contains("zoo report garden.zoo &#39;my photos&#39;"))
    #expect(!html.contains("Seed"))
  }

  @Test func commandSeedAndPicturesAreTold() throws {
    let html = try training(2).html()
    #expect(html.contains("zoo train base.zoo &#39;my photos&#39; -o garden.zoo"))
    #expect(html.contains("<dt>Seed</dt><dd>42</dd>"))
    #expect(html.contains("14 training, 4 validation"))
    #expect(html.contains("photos/train/ant/bad.jpg: is no picture"))
    #expect(html.contains("<dt>Trained</dt><dd>10, frozen 112</dd>"))
  }

  @Test func theMapShowsPicturesAndMistakes() throws {
    let html = try training(2).html()
    #expect(html.matches(of: /class="m m[01][ "]/).count >= 4)
    #expect(html.contains("<title>val/1.jpg: ant, taken for bee</title>"))
    #expect(html.contains("of the variance)"))
  }

  /// 0.9 / 0.1, 0.4 / 0.6, 0.2 / 0.8 and 0.01 / 0.99 for ant, ant, bee, bee, above 0.5: three of four right.
  @Test func eachClassCanBeDecidedOnByItself() throws {
    var madeUp = try training(2)
    madeUp.threshold = 0.5
    let html = try madeUp.html()
    #expect(html.contains("<dt>Exact match</dt><dd>75.00 %"))
    #expect(html.contains("<dt>Mean AP</dt><dd>100.00 %"))
    #expect(html.contains("wrongly found") && html.contains("a probability above 0.5"))
    #expect(html.contains("is <b>ant</b>, taken for <b>bee</b>"))
    #expect(html.contains(">AP</th>") && !html.contains("class=\"matrix\""))
  }

  @Test func thumbnailsAreEmbedded() throws {
    var madeUp = try training(2)
    madeUp.thumbnails = [Thumbnail(width: 2, height: 1, jpeg: [1, 2, 3]), nil]
    let html = try madeUp.html()
    #expect(html.contains("src=\"data:image/jpeg;base64,AQID\" width=\"2\" height=\"1\""))
    #expect(html.contains("alt=\"val/1.jpg, of class ant\""))
    #expect(html.contains("no longer readable") && html.contains("Nothing is explained."))
  }

  @Test func heatMapsStandBelowTheirPictures() throws {
    var madeUp = try training(2)
    let picture = Thumbnail(width: 2, height: 1, jpeg: [1, 2, 3])
    madeUp.thumbnails = [picture, picture, nil]
    madeUp.explanations = .known([picture, nil], layer: "conv")
    let html = try madeUp.html()
    #expect(html.matches(of: /alt="what speaks for bee in val\/1.jpg"/).count == 1)
    #expect(html.matches(of: /<img\s/).count == 3 && html.contains("Grad-CAM by the layer 'conv'"))
  }

  @Test func foldsAreATable() throws {
    var madeUp = try training(2)
    #expect(try !madeUp.html().contains("id=\"folds\""))
    let scores = [(0.75, 0.6, 0.7), (0.5, 0.8, 0.4)].map {
      CrossValidationRecord.Scores(accuracy: $0.0, loss: $0.1, macroF1: $0.2)
    }
    madeUp.folds = CrossValidationRecord(pictures: [4, 4], folds: scores, all: scores[0])
    let html = try madeUp.html()
    #expect(html.contains("each of 2 folds was held out once") && html.contains("href=\"#folds\""))
    #expect(html.contains("62.50 %") && html.contains("± 12.50 %") && html.contains("± 0.1000"))
    #expect(
      html.contains("The weights of the last one are the model&#39;s.") && !html.contains("class=\"best\""))
    #expect(html.contains("nothing: the last one is taken"))
  }

  @Test func onePictureAndNoneDoNotBreakIt() throws {
    var madeUp = try training(1)
    madeUp.pictures = [(0, 0, 1, [1, 2])]
    #expect(try madeUp.html().contains("The embeddings of all pictures are the same."))
    madeUp.pictures = []
    let html = try madeUp.html()
    #expect(html.contains("There are no embeddings to show.") && html.contains("There are no pictures."))
    #expect(!html.contains("nan"))
  }

  @Test func embeddingsThatAreNoNumbersAreTold() throws {
    var madeUp = try training(1)
    madeUp.pictures = [(0, 0, 0.9, [1, .nan]), (1, 1, 0.9, [2, 0])]
    #expect(try madeUp.html().contains("The embeddings are not finite numbers."))
  }

  @Test func nothingIsLoadedAndNothingRuns() throws {
    let html = try training(3).html()
    #expect(html.contains("default-src 'none'"))
    for word in ["<script", "http:", "https:", "url(", "@import", "<link", "javascript:", " onload"] {
      #expect(!html.contains(word), "\(word)")
    }
  }
}

/// What a page does with more than it can show.
@Suite struct SizeTests {
  /// 400 classes with long names, 6,000 pictures with long paths, 5,000 epochs, twelve large thumbnails.
  @Test func thePageStaysSmall() throws {
    var madeUp = MadeUp()
    madeUp.classes = (0..<400).map { String(repeating: "class & ", count: 30) + "\($0)" }
    madeUp.pictures = []
    for index in 0..<6_000 {
      let label = index % 400
      let predicted = index.isMultiple(of: 3) ? (index * 7) % 400 : label
      let embedding: [Float] = [Float(index % 17), Float(index % 5)]
      madeUp.pictures.append((label, predicted, 0.7, embedding))
    }
    madeUp.path = { "photos/" + String(repeating: "<long>", count: 40) + "/\($0).jpg" }
    madeUp.epochs = (1...5_000).map { .init($0, loss: 1 / Double($0), best: $0 == 4_321) }
    madeUp.thumbnails = Array(
      repeating: Thumbnail(width: 320, height: 320, jpeg: Array(repeating: 7, count: 60_000)), count: 12)
    let html = try madeUp.html()
    #expect(html.utf8.count < 2_000_000, "\(html.utf8.count) bytes")
    #expect(html.contains("The 20 most confused pairs of 400 classes"))
    #expect(html.contains("The 200 classes of 400 with the lowest F1"))
    #expect(html.contains("1,000 of 6,000 pictures, evenly chosen"))
    #expect(html.contains("391 other classes"))
    #expect(html.contains("Epoch 4321 was the best") && html.contains("<title>epoch 4321"))
    #expect(html.matches(of: /<img\s/).count == 12)
  }
}
