import ZooGraph
import ZooONNX
import ZooSystem

extension ONNXImportReport {
  /// For people.
  var text: String {
    let rows = [
      ("written", "by \(producer.isEmpty ? "an unnamed program" : producer), opset \(opset)"),
      ("input", Shape(inputShape).description), ("pixels", preprocessing),
      ("layers", "\(layers), \(parameters.grouped) parameters"),
    ]
    return "\(source) → \(output)\n"
      + rows.map { "  \($0.0.padded(to: 9))\($0.1)" }.joined(separator: "\n")
  }
}
