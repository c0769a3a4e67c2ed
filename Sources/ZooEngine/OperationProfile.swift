/// What one operation of a compiled network did in a profiled run.
public struct OperationProfile: Sendable {
  /// The Keras layers whose work it does; of a change of layout, the layer it was needed for.
  public var layers: [String]
  /// The implementation, such as `jit:avx512_core`.
  public var algorithm: String
  /// The shortest time in milliseconds.
  public var milliseconds: Double
  /// Multiplications and additions, for convolutions and matrix products; otherwise 0.
  public var floatingPointOperations: Int
}
