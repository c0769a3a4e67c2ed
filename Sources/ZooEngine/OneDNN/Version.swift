extension Engine {
  /// The version of oneDNN that networks run on, as in `2.6.3`.
  public static var oneDNNVersion: String { OneDNN.version }
}
