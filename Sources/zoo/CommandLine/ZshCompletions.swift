import ZooSystem

/// Completions for zsh. (zsh's manual, "Completion System", `_arguments`.)
enum ZshCompletions {
  static func script(_ synopses: [Synopsis]) -> String {
    """
    #compdef zoo
    # Completions of zoo \(zooVersion) for zsh, made by 'zoo completions zsh'.

    _zoo_bases() {
      compadd "$@" -- ${(f)"$(zoo list --quiet 2>/dev/null | awk 'NR > 1 { print $1 }')"}
    }

    # Layers and stages of the first of the words that is a model.
    _zoo_layers() {
      local name
      local -a layers
      for name in ${${(Q)words[2,9]}:#-*}; do
        layers=(${(f)"$(zoo info $name --layers 2>/dev/null | awk '\(ShellCompletions.layers)')"})
        if (($#layers)); then
          compadd "$@" -- $layers
          return
        fi
      done
    }

    _zoo() {
      local -a commands
      local valued='\(ShellCompletions.valued(synopses))'
      integer at=2
      commands=(
    \(synopses.map { "    '\($0.name):\(quoted($0.summary))'\n" }.joined())\
      )
      # Options may come before the verb: it is put first.
      while ((at < CURRENT)) && [[ $words[at] == -* ]]; do
        if [[ $valued == *" $words[at] "* ]]; then ((at++)); fi
        ((at++))
      done
      if ((at > CURRENT)); then return; fi
      if ((at == CURRENT)); then
        _describe command commands
        return
      fi
      local verb=$words[at]
      words=($verb "${(@)words[2,at-1]}" "${(@)words[at+1,-1]}")
      ((CURRENT--))
      case $verb in
    \(synopses.map(arguments).joined())\
      esac
    }

    if [[ $funcstack[1] == _zoo ]]; then
      _zoo "$@"
    else
      compdef _zoo zoo
    fi

    """
  }

  private static func arguments(_ synopsis: Synopsis) -> String {
    let lines = synopsis.allOptions.map(option) + positionals(synopsis)
    return "    \(synopsis.name))\n      _arguments -S \\\n        "
      + lines.joined(separator: " \\\n        ") + "\n      ;;\n"
  }

  private static func option(_ option: Option) -> String {
    let text = "[\(described(option.help))]"
    // '=' allows both '--option VALUE' and '--option=VALUE'.
    let long = option.value == nil ? option.name : option.name + "="
    let value = option.value.map { ":\(described($0)):\(action(option.placeholder?.offers ?? []))" } ?? ""
    let repeats = option.name == Setting.pluginPath.rawValue ? "*" : ""
    guard let short = option.short else { return "'\(repeats)\(long)\(text)\(value)'" }
    return "'(\(short) \(option.name))'{\(short),\(long)}'\(text)\(value)'"
  }

  private static func positionals(_ synopsis: Synopsis) -> [String] {
    let names = synopsis.positionals.map(\.name)
    return synopsis.places.enumerated().compactMap { index, offers in
      guard index < names.count else { return nil }
      let isLast = index == synopsis.places.count - 1
      let name = isLast ? names[index...].joined(separator: " ") : names[index]
      return "'\(isLast ? "*" : "\(index + 1)"):\(described(name)):\(action(offers))'"
    }
  }

  private static func action(_ offers: [Placeholder.Offer]) -> String {
    var words: [String] = []
    var actions: [String] = []
    for offer in offers {
      switch offer {
      case .word(let word): words.append(word)
      case .file(let ending): actions.append(ending.map { "_files -g \"*.\($0)\"" } ?? "_files")
      case .folder: actions.append("_files -/")
      case .base: actions.append("_zoo_bases")
      case .layer: actions.append("_zoo_layers")
      }
    }
    if !words.isEmpty {
      guard !actions.isEmpty else { return "(\(words.joined(separator: " ")))" }
      actions.append("compadd - \(words.joined(separator: " "))")
    }
    guard actions.count > 1 else { return actions.first ?? " " }
    let alternatives = actions.map { "\"zoo\\:zoo\\:\($0.replacing("\"", with: "\\\""))\"" }
    // The space keeps `_arguments` from adding options, which `_alternative` does not know.
    return " _alternative " + alternatives.joined(separator: " ")
  }

  /// Within single quotes.
  private static func quoted(_ text: String) -> String { text.replacing("'", with: "'\\''") }

  /// Within single quotes, a description or a message of `_arguments`.
  private static func described(_ text: String) -> String {
    var result = ""
    for character in text {
      if "[]:\\".contains(character) { result += "\\" }
      result += character == "\n" ? " " : String(character)
    }
    return quoted(result)
  }
}
