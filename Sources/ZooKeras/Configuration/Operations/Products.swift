import ZooGraph

extension KerasOperation {
  static let products: [String: OperationReader] = ["matmul": matmul]

  private static func matmul(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    for key in ["adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"] { try read.expect(key, false) }
    _ = read.argument("output_type", "grad_a", "grad_b")
    let second = read.argument("b", "x2")
    let product = MatMul(
      transposesFirst: try read.bool("transpose_a", false),
      transposesSecond: try read.bool("transpose_b", false))
    return .call(product, read.arguments + (second.map { [$0] } ?? []))
  }
}
