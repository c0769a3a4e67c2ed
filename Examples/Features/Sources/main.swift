import Glibc
import Zoo

// Converts a Keras file, then writes the features of pictures, to be read with NumPy or as a table:
//
//     Features WEIGHTS.h5 FEATURES.npz PHOTOS…
//
// The second time the model is at hand already.

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3 else {
  print("usage: Features WEIGHTS.h5 FEATURES.npz PHOTOS…")
  exit(2)
}
let (weights, output, photos) = (arguments[0], arguments[1], Array(arguments[2...]))

do {
  let model = try await Model.convert(weights, to: output + ".zoo")
  print("\(model.name) takes pictures of \(model.inputShape)")
  for warning in model.warnings { print("note: \(warning)") }

  let extractor = try await model.extractor()
  let skipped = try await extractor.write(photos, to: output, skipBad: true) { done, total in
    if done == total { print("\(total) pictures, \(extractor.shape) features each") }
  }
  for picture in skipped { print("left out: \(picture.reason)") }
  print("\(output): written")
} catch {
  print("Features: \(error)")
  exit(1)
}
