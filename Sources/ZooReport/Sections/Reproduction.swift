import ZooProbe
import ZooSystem
import ZooTrain

/// The commands and versions that give these numbers again.
extension Report {
  var reproduction: HTML {
    let log = training.log
    let trained: HTML = log.map { "<h3>Training</h3>\n\(commandLine($0.command))\n" } ?? ""
    let isOther = log.map { $0.command != making.command } ?? true
    let made: HTML = isOther ? "<h3>This report</h3>\n\(commandLine(making.command))\n" : ""
    var facts: [(name: String, value: HTML)] = []
    if let log {
      facts.append(("Seed", "\(String(log.recipe.seed))"))
      facts.append(("Trained", "\(log.date), \(log.createdBy)"))
      if log.machine != making.machine { facts.append(("Trained on", "\(machine(log.machine))")) }
    }
    facts += [
      ("Report", "\(making.date), zoo \(zooVersion)"), ("Computed on", "\(machine(making.machine))"),
      ("OpenBLAS", "\(openBLASVersion) (principal components)"),
    ]
    let source: [(name: String, value: HTML)] =
      model.provenance.sourceSHA256.map { [("Source SHA-256", "<code>\($0.shortened(to: 64))</code>")] } ?? []
    return .section(
      "making", "How it was made",
      lead:
        "With the same seed, pictures and number of threads, training gives the same weights to the last bit.",
      "\(trained)\(made)\(HTML.facts(facts + source))")
  }

  private func machine(_ machine: RunMachine) -> String {
    "\(machine.processor.shortened(to: 80)), \(machine.threads) threads, oneDNN \(machine.oneDNN)"
  }

  private func commandLine(_ words: [String]) -> HTML {
    "<pre><code>\(shellLine(words).shortened(to: 2_000))</code></pre>"
  }
}
