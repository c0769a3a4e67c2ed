import ZooSystem

/// Completions for fish 3 and later. (fish's manual, `complete`.)
enum FishCompletions {
  static func script(_ synopses: [Synopsis]) -> String {
    """
    # Completions of zoo \(zooVersion) for fish, made by 'zoo completions fish'.

    function __zoo_bases
        zoo list --quiet 2>/dev/null | awk 'NR > 1 { print $1 }'
    end

    # Layers and stages of the first of the words that is a model.
    function __zoo_layers
        for name in (commandline -opc)[3..9]
            string match -q -- '-*' $name; and continue
            set -l layers (zoo info $name --layers 2>/dev/null | awk '\(ShellCompletions.layers)')
            if set -q layers[1]
                printf '%s\\n' $layers
                return
            end
        end
    end

    complete -c zoo -f
    complete -c zoo -n __fish_use_subcommand -l help -d 'Show all commands.'
    complete -c zoo -n __fish_use_subcommand -l version -d 'Show the versions of all parts.'
    \(synopses.map(verb).joined())
    """
  }

  private static func verb(_ synopsis: Synopsis) -> String {
    let here = "complete -c zoo -n '__fish_seen_subcommand_from \(synopsis.name)'"
    let head =
      "complete -c zoo -n __fish_use_subcommand -a \(synopsis.name) -d '\(quoted(synopsis.summary))'\n"
    let options = synopsis.allOptions.map { "\(here)\(option($0))\n" }
    let places = synopsis.positionals.flatMap { $0.placeholder?.offers ?? [] }
    return head + options.joined() + positionals(places, here)
  }

  private static func option(_ option: Option) -> String {
    var text = " -l \(option.name.dropFirst(2))"
    if let short = option.short { text += " -s \(short.dropFirst())" }
    if option.value != nil {
      let offers = option.placeholder?.offers ?? []
      text += takesFiles(offers) ? " -r -F" : " -x"
      let list = list(offers)
      if !list.isEmpty { text += " -a '\(list)'" }
    }
    return text + " -d '\(quoted(option.help))'"
  }

  private static func positionals(_ offers: [Placeholder.Offer], _ here: String) -> String {
    let list = list(offers)
    return (takesFiles(offers) ? "\(here) -F\n" : "") + (list.isEmpty ? "" : "\(here) -a '\(list)'\n")
  }

  private static func takesFiles(_ offers: [Placeholder.Offer]) -> Bool {
    offers.contains { offer in
      switch offer {
      case .file, .folder: true
      case .word, .base, .layer: false
      }
    }
  }

  /// What is offered besides files.
  private static func list(_ offers: [Placeholder.Offer]) -> String {
    var words: [String] = []
    for offer in offers {
      switch offer {
      case .word(let word): words.append(word)
      case .base where !words.contains("(__zoo_bases)"): words.append("(__zoo_bases)")
      case .layer: words.append("(__zoo_layers)")
      case .base, .file, .folder: continue
      }
    }
    return words.joined(separator: " ")
  }

  /// Within single quotes.
  private static func quoted(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("'", with: "\\'").replacing("\n", with: " ")
  }
}
