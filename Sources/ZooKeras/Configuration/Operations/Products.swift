import ZooGraph

extension KerasOperation {
  static let products: [String: OperationReader] = ["matmul": matmul]

  private static func matmul(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    for key in ["adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"] { try read.expect(key, false) }
    for key in ["output_type", "grad_a", "grad_b"] { _ = read.argument(key) }
    let second = read.argument("b", "x2")
    let operands = read.arguments + (second.map { [$0] } ?? [])
    let transposes = [try read.bool("transpose_a", false), try read.bool("transpose_b", false)]
    guard transposes.contains(true) else { return .call(MatMul(), operands) }
    let shapes = read.context.inputs
    guard shapes.count == 2, operands.count == 2, shapes.allSatisfy({ $0.rank >= 2 }) else {
      throw read.unknown("transposed matrices must be tensors")
    }
    return .merge(
      zip(transposes, shapes).map {
        $0 ? [Permute(axes: Array(0..<$1.rank - 2) + [$1.rank - 1, $1.rank - 2])] : []
      },
      into: MatMul())
  }
}
