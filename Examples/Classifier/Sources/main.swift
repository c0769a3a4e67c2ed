import Glibc
import Zoo

// Trains a classifier of your own, and names the classes of pictures with it:
//
//     Classifier BASE DATA OUT.zoo PHOTOS…
//
// BASE is a .zoo or Keras file, or a base that was fetched; DATA has a folder of pictures for each class.

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 4 else {
  print("usage: Classifier BASE DATA OUT.zoo PHOTOS…")
  exit(2)
}

do {
  let base = try await Model.open(arguments[0])
  let data = try Dataset(arguments[1], validationSplit: 0.25, seed: 1)
  let options = TransferOptions(
    head: try Head("dense:64:relu,dense"), stages: [Stage(LayerSelection("head"), epochs: 15)])
  let output = arguments[2]

  // A stopped training goes on from the checkpoint.
  let trained = try await base.train(
    on: data, options, writing: output, checkpoint: output + ".checkpoint"
  ) { event in
    if case .epoch(let record) = event {
      print(
        "epoch \(record.epoch): accuracy \(record.monitored.accuracy)\(record.isBest ? ", the best" : "")")
    }
  }
  print("\(output): \(trained.model.classNames?.joined(separator: ", ") ?? "")")

  let predictor = try await trained.model.predictor()
  for answer in try await predictor.predictions(of: arguments[3...].map { .file($0) }, top: 2).pictures {
    let classes = answer.predictions.map { "\($0.label) \($0.score)" }
    print("\(answer.path): \(classes.joined(separator: ", "))")
  }
} catch {
  print("Classifier: \(error)")
  exit(1)
}
