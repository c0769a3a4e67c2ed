import ZooGraph
import ZooHDF5
import ZooKeras
import ZooSystem

/// `zoo inspect`: what is in a file of tensors.
enum Inspect: Verb {
  static let synopsis = Synopsis(
    name: "inspect", arguments: "FILE",
    summary: "Show the tensors and attributes of a file, whoever wrote it.",
    details: """
      FILE is any HDF5 file (.h5, .weights.h5), a .keras, .zoo, .safetensors, .npz or .npy file, or the
      .weights.json of a sharded one; its content decides. Nothing is converted and no tensor is read.
      """,
    options: [.flag(.json, "As an object, for programs; attributes in full.")])

  static func run(_ context: Context) throws {
    let inspection = try Inspection(try context.arguments.single("FILE"))
    if context.arguments.has(.json) { return try context.printJSON(inspection) }
    context.console.print(text(inspection))
  }

  private static func text(_ file: Inspection) -> String {
    let kind = file.layout.map { "\(file.format), \($0.rawValue)" } ?? file.format
    var lines = [
      "\(file.file): \(kind), \(file.size.grouped) bytes, \(file.tensors.count.grouped) tensors".printable
    ]
    if !file.tensors.isEmpty {
      lines += [
        "", table(["tensor", "shape", "type", "bytes", "storage"], file.tensors.map(row), right: [3]),
      ]
    }
    if !file.attributes.isEmpty {
      let rows = file.attributes.map { [$0.owner.printable, $0.value.name.printable, value($0.value)] }
      lines += ["", table(["attributes of", "name", "value"], rows)]
    }
    if !file.refused.isEmpty {
      lines += [
        "", table(["not read", "why"], file.refused.map { [$0.path.printable, $0.reason.printable] }),
      ]
    }
    return lines.joined(separator: "\n")
  }

  private static func row(_ tensor: Inspection.Tensor) -> [String] {
    let how = [tensor.storage].compactMap { $0 } + (tensor.filters ?? [])
    return [
      tensor.name.printable, tensor.shape.isEmpty ? "scalar" : "\(Shape(tensor.shape))",
      tensor.type.printable, tensor.bytes.grouped,
      how.joined(separator: ", ").printable + (tensor.refusal.map { " (not read: \($0.printable))" } ?? ""),
    ]
  }

  /// The beginning of a long value, with the number of its elements.
  private static func value(_ attribute: HDF5Attribute) -> String {
    let elements: [String] =
      switch attribute.value {
      case .strings(let values): values.prefix(64).map { "'\(String($0.unicodeScalars.prefix(200)))'" }
      case .integers(let values): values.prefix(64).map(\.description)
      case .floats(let values): values.prefix(64).map(\.description)
      case .other(let type): [type]
      }
    var text = elements.joined(separator: ", ").printable
    if text.count > 80 { text = text.prefix(79) + "…" }
    if attribute.shape.isEmpty { return text }
    return "[\(text)] (\(attribute.value.count.grouped))"
  }
}
