import FoundationEssentials
import Glibc
import Zoo

// Names the classes of pictures that come from memory, as a service behind a queue or a socket would get them: a
// picture a line, in Base64, on standard input; an answer a line, in JSON, on standard output.
//
//     base64 --wrap 0 photo.jpg | Uploads MODEL.zoo
//
// A picture that cannot be read gets an answer too, and nothing that was sent is written to disk.

struct Answer: Encodable {
  var name: String
  var classes: [Prediction]?
  var error: String?
}

guard CommandLine.arguments.count == 2 else {
  print("usage: Uploads MODEL.zoo < pictures in Base64, one a line")
  exit(2)
}
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys]

do {
  let predictor = try await Model(CommandLine.arguments[1]).predictor()
  var number = 0
  while let line = readLine() {
    number += 1
    var answer = Answer(name: "upload \(number)")
    let bytes = Data(base64Encoded: line).map { [UInt8]($0) } ?? []
    do {
      let picture = Picture.encoded(bytes, name: answer.name)
      answer.classes = try await predictor.predictions(of: [picture], top: 3).pictures.first?.predictions
    } catch let error as FileError {
      answer.error = "\(error)"
    }
    print(String(decoding: try encoder.encode(answer), as: UTF8.self))
    // Whoever asked waits for it.
    fflush(nil)
  }
} catch {
  print("Uploads: \(error)")
  exit(1)
}
