import COpenBLAS

extension Matrix {
  /// The version of OpenBLAS that matrices are multiplied with, as in `0.3.21`.
  public static let openBLASVersion: String = {
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
    let words = openblas_get_config().map { String(cString: $0) }?.split(separator: " ") ?? []
    return words.count > 1 && words[0] == "OpenBLAS" ? String(words[1]) : "unknown"
  }()
}
