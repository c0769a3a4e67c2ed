import ZooStore

/// Refuses names that would hide what a `.zoo` file is.
///
/// - Throws: `UsageError` unless the file is called as one.
func checkModelOutput(_ output: String) throws(UsageError) {
  guard !output.hasSuffix(".zoo") else { return }
  let name = output.replacingExtension(with: "zoo")
  throw UsageError(
    "-o \(output): what is written here is a .zoo file; use -o \(name), and for other formats 'zoo export \(name) -o \(output)' after that"
  )
}
