import CKernels

/// Numbers nearer to zero than 1e-38, which processors compute with many times as slowly as with others.
public enum TinyNumbers {
  /// Runs `body`, in which they count as zero on this thread, as they do in TensorFlow. What an optimizer keeps of a
  /// gradient that has become zero halves and halves, and gets there in a few hundred steps.
  @inline(__always)
  public static func areZero(in body: () -> Void) {
    let state = zoo_flush_tiny()
    body()
    zoo_restore_tiny(state)
  }
}
