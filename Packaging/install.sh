#!/bin/sh
# Puts zoo where it is to be used, or takes it away again.
#
#   install.sh BUILT PREFIX [DESTDIR]       BUILT: the folder with the programs; DESTDIR: where packagers collect files
#   install.sh --remove PREFIX [DESTDIR]    what the list PREFIX/share/zoo/files names
set -eu
cd "$(dirname "$0")/.."

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

prefix=${2:?expected the folder to install into}
destination=${3:-}
case $prefix in
  /*) ;;
  *) fail "PREFIX is an absolute path, found '$prefix'" ;;
esac
list=share/zoo/files
target=$destination$prefix

remove_listed() {
  while IFS= read -r file; do rm -f "$target/$file"; done <"$target/$list"
  rm -f "$target/$list"
}

remove() {
  [ -e "$target/$list" ] || fail "$target: nothing is installed here by 'make install': there is no $list"
  remove_listed
  # Only what is empty now: plugins of others stay.
  for folder in lib/zoo/plugins lib/zoo libexec/zoo include/zoo share/doc/zoo share/zoo; do
    rmdir "$target/$folder" 2>/dev/null || true
  done
  echo "$target: zoo is removed"
}

put() { # mode, source, place below the prefix
  install -D -m "$1" "$2" "$target/$3"
  echo "$3" >>"$files"
}

if [ "$1" = --remove ]; then
  remove
  exit
fi

built=$1
version=$(cat VERSION)
umask 022
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
files=$made/files
mkdir -p "$target" 2>/dev/null || true
[ -w "$target" ] || fail "$target: cannot be written; run it as root, or choose PREFIX"

# All that can fail comes before anything is replaced.
helpers=zoo-hdf5
# Those whose libraries were there.
for helper in zoo-tiff zoo-heif zoo-jxl; do [ ! -e "$built/$helper" ] || helpers="$helpers $helper"; done
for program in zoo $helpers; do
  strip --remove-section=.comment -o "$made/$program" "$built/$program"
done
for shell in bash zsh fish; do "$built/zoo" completions $shell >"$made/$shell"; done
"$built/zoo" manual --quiet "$made/manual"
in_sed=$(printf '%s' "$prefix" | sed 's/[&|\\]/\\&/g')
sed -e "s|@PREFIX@|$in_sed|" -e "s|@VERSION@|$version|" Packaging/zoo.pc.in >"$made/zoo.pc"

# Another version may have had other files.
[ ! -e "$target/$list" ] || remove_listed
put 755 "$made/zoo" bin/zoo
for helper in $helpers; do put 755 "$made/$helper" "libexec/zoo/$helper"; done
install -d -m 755 "$target/lib/zoo/plugins"
put 644 "$made/bash" share/bash-completion/completions/zoo
put 644 "$made/zsh" share/zsh/site-functions/_zoo
put 644 "$made/fish" share/fish/vendor_completions.d/zoo.fish
for page in "$made"/manual/*.1; do put 644 "$page" "share/man/man1/$(basename "$page")"; done
put 644 "$made/zoo.pc" share/pkgconfig/zoo.pc
put 644 Sources/CZooPlugin/include/zoo_plugin.h include/zoo/zoo_plugin.h
for document in README.md BENCHMARKS.md FORMAT.md CHANGELOG.md LICENSE docs/*.md; do
  put 644 "$document" "share/doc/zoo/$(basename "$document")"
done
install -D -m 644 "$files" "$target/$list"
echo "$target: zoo $version is installed"
