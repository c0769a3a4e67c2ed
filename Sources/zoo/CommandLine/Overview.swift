import ZooHDF5
import ZooImage
import ZooStore
import ZooSystem

/// What there is to say about the program as a whole.
struct Overview {
  struct Variable {
    var name: String
    var meaning: String
  }

  struct Status {
    var status: Int32
    var meaning: String
  }

  var synopses: [Synopsis]

  let summary = "Keras' pretrained image networks, converted, verified and used from Swift."

  let statuses = [
    Status(status: 0, meaning: "Success."),
    Status(status: 1, meaning: "Failure; one line on standard error says what is wrong and what to do."),
    Status(status: 2, meaning: "A mistake in the call."),
  ]

  let variables: [Variable] =
    [
      Variable(
        name: UserFolder.data.rawValue,
        meaning: "Where fetched models and plugins are: in zoo/ (default: ~/.local/share)."),
      Variable(name: UserFolder.cache.rawValue, meaning: "Where caches are: in zoo/ (default: ~/.cache)."),
      Variable(name: "ZOO_PLUGIN_PATH", meaning: "More folders of plugins, with colons between them."),
      Variable(
        name: HDF5Helper.environmentVariable,
        meaning: "The program that reads HDF5 files, where it is not beside this one."),
    ]
    + PictureHelper.allCases.map { helper in
      Variable(name: helper.environmentVariable, meaning: "The one that reads \(helper.formats) pictures.")
    } + [
      Variable(
        name: BaseFetch.mirrorVariable,
        meaning: "Where 'zoo fetch' downloads from, instead of Keras' servers."
      ),
      Variable(
        name: "ONEDNN_MAX_CPU_ISA",
        meaning: "The newest instructions to use: SSE41, AVX, AVX2, AVX512_CORE, …"),
    ]

  /// `zoo --help`.
  var help: String {
    """
    zoo: \(summary)

    Usage: zoo COMMAND [arguments]

    \(Self.table(synopses.map { ($0.name, $0.summary) }))
    Environment:
    \(Self.table(variables.map { ($0.name, $0.meaning) }))
    'zoo COMMAND --help' tells more; 'zoo --version' names all parts. Exit codes: 0 success, 1 failure, 2 wrong call.
    """
  }

  private static func table(_ rows: [(left: String, right: String)]) -> String {
    let width = (rows.map(\.left.count).max() ?? 0) + 2
    return rows.map { "  " + $0.left.padded(to: width) + $0.right + "\n" }.joined()
  }
}
