import ZooSystem

/// Completions for bash 4 and later. ("Bash Reference Manual", 8.6 "Programmable Completion".)
enum BashCompletions {
  static func script(_ synopses: [Synopsis]) -> String {
    """
    # Completions of zoo \(zooVersion) for bash, made by 'zoo completions bash'.

    # Offers what is written as it is, and '@base', '@folder', '@file' or '@file.ENDING'.
    _zoo_offer() {
      local offer list
      for offer in "$@"; do
        list=""
        case $offer in
          @base) list=$(compgen -W "$(zoo list --quiet 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$word") ;;
          @folder) compopt -o filenames && list=$(compgen -d -- "$word") ;;
          @file) compopt -o filenames && list=$(compgen -f -- "$word") ;;
          @file.*) compopt -o filenames && list=$(compgen -d -- "$word"; compgen -f -X "!*${offer#@file}" -- "$word") ;;
          *) list=$(compgen -W "$offer" -- "$word") ;;
        esac
        if [[ -n $list ]]; then mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY <<<"$list"; fi
      done
    }

    _zoo() {
      local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
      local options="" valued=" " place=0 index
      COMPREPLY=()
      # Bash takes '--option=value' for three words.
      if [[ $word == "=" ]]; then
        word=""
      elif [[ $previous == "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
      fi
      if ((COMP_CWORD == 1)); then
        _zoo_offer \((synopses.map(\.name) + ["--help", "--version"]).joined(separator: " "))
        return
      fi
      case $verb in
    \(synopses.map(options).joined())\
        *) return ;;
      esac
      case "$verb $previous" in
    \(synopses.map(values).joined())\
      esac
      if [[ $word == -* ]]; then
        _zoo_offer $options
        return
      fi
      for ((index = 2; index < COMP_CWORD; index++)); do
        if [[ ${COMP_WORDS[index]} == -* ]]; then
          if [[ ${COMP_WORDS[index + 1]} == "=" ]]; then
            index=$((index + 2))
          elif [[ $valued == *" ${COMP_WORDS[index]} "* ]]; then
            index=$((index + 1))
          fi
        else
          place=$((place + 1))
        fi
      done
      case "$verb $place" in
    \(synopses.map(places).joined())\
      esac
    }

    complete -F _zoo zoo

    """
  }

  private static func options(_ synopsis: Synopsis) -> String {
    let (all, valued) = (synopsis.allOptions, synopsis.allOptions.filter { $0.value != nil })
    return """
          \(synopsis.name))
            options='\(all.flatMap(\.spellings).joined(separator: " "))'
            valued=' \(valued.flatMap(\.spellings).joined(separator: " ")) '
            ;;

      """
  }

  private static func values(_ synopsis: Synopsis) -> String {
    synopsis.allOptions.filter { $0.value != nil }.map { option in
      let pattern = option.spellings.map { "'\(synopsis.name) \($0)'" }.joined(separator: " | ")
      return "    \(pattern)) \(offer(option.placeholder?.offers ?? []))return ;;\n"
    }.joined()
  }

  private static func places(_ synopsis: Synopsis) -> String {
    let places = synopsis.places
    return places.enumerated().map { index, offers in
      let pattern = index == places.count - 1 ? "'\(synopsis.name) '*" : "'\(synopsis.name) \(index)'"
      return "    \(pattern)) \(offer(offers))return ;;\n"
    }.joined()
  }

  private static func offer(_ offers: [Placeholder.Offer]) -> String {
    let words = offers.map { offer in
      switch offer {
      case .word(let word): word
      case .file(let ending): ending.map { "@file.\($0)" } ?? "@file"
      case .folder: "@folder"
      case .base: "@base"
      }
    }
    return words.isEmpty ? "" : "_zoo_offer \(words.joined(separator: " ")); "
  }
}
