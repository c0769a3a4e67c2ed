import ZooSystem

/// Completions for bash 4 and later. ("Bash Reference Manual", 8.6 "Programmable Completion".)
enum BashCompletions {
  static func script(_ synopses: [Synopsis]) -> String {
    """
    # Completions of zoo \(zooVersion) for bash, made by 'zoo completions bash'.

    # Layers and stages of the first of these words that is a model.
    _zoo_layers() {
      local name layers
      for name in "$@"; do
        [[ $name == -* ]] && continue
        layers=$(zoo info "${name/#\\~/$HOME}" --layers 2>/dev/null | awk '\(ShellCompletions.layers)')
        if [[ -n $layers ]]; then
          printf '%s\\n' "$layers"
          return
        fi
      done
    }

    # Offers what is written as it is, and '@base', '@layer', '@folder', '@file' or '@file.ENDING'.
    _zoo_offer() {
      local offer list
      for offer in "$@"; do
        list=""
        case $offer in
          @base) list=$(compgen -W "$(zoo list --quiet 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$word") ;;
          @layer) list=$(compgen -W "$(_zoo_layers "${COMP_WORDS[@]:verbs + 1:8}")" -- "$word") ;;
          @folder) compopt -o filenames && list=$(compgen -d -- "$word") ;;
          @file) compopt -o filenames && list=$(compgen -f -- "$word") ;;
          @file.*) compopt -o filenames && list=$(compgen -d -- "$word"; compgen -f -X "!*${offer#@file}" -- "$word") ;;
          *) list=$(compgen -W "$offer" -- "$word") ;;
        esac
        if [[ -n $list ]]; then mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY <<<"$list"; fi
      done
    }

    _zoo() {
      local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb
      local options="" valued='\(ShellCompletions.valued(synopses))' place=0 verbs=1 index
      COMPREPLY=()
      # Bash takes '--option=value' for three words.
      if [[ $word == "=" ]]; then
        word=""
      elif [[ $previous == "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
      fi
      # Options may come before the verb.
      while ((verbs < COMP_CWORD)) && [[ ${COMP_WORDS[verbs]} == -* ]]; do
        if [[ ${COMP_WORDS[verbs + 1]} == "=" ]]; then
          verbs=$((verbs + 2))
        elif [[ $valued == *" ${COMP_WORDS[verbs]} "* ]]; then
          verbs=$((verbs + 1))
        fi
        verbs=$((verbs + 1))
      done
      if ((verbs > COMP_CWORD)); then return; fi
      verb=${COMP_WORDS[verbs]}
      if ((verbs == COMP_CWORD)); then
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
      for ((index = verbs + 1; index < COMP_CWORD; index++)); do
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
    """
        \(synopsis.name)) options='\(synopsis.allOptions.flatMap(\.spellings).joined(separator: " "))' ;;

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
      case .layer: "@layer"
      }
    }
    return words.isEmpty ? "" : "_zoo_offer \(words.joined(separator: " ")); "
  }
}
