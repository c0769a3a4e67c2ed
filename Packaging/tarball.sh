#!/bin/sh
# Makes a .tar.gz that runs from wherever it is unpacked: the programs in BUILT with the libraries that they need, all
# but the C library's. Puts it into FOLDER.
#
#   tarball.sh BUILT FOLDER
set -eu
cd "$(dirname "$0")/.."
built=$1
folder=$(readlink -m "$2")
if ! dpkg-query --show libc6 >/dev/null 2>&1; then
  echo "Packages are made on Debian and its relatives: elsewhere, 'make install'" >&2
  exit 1
fi
name=zoo-$(cat VERSION)-linux-$(uname --machine)
stage=$folder/$name
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y CHANGELOG.md)}

rm -rf "$stage"
trap 'rm -rf "$stage"' EXIT
Packaging/install.sh "$built" / "$stage" >/dev/null
rm -r "$stage/share/zoo"
# The folder is not known before it is unpacked.
sed -i 's|^prefix=.*|prefix=${pcfiledir}/../..|' "$stage/share/pkgconfig/zoo.pc"

# The libraries of a program, and theirs: name and path. Those of the C library belong to the system's loader.
libraries() {
  ldd "$@" | sed -n 's/^\t\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p' | sort --unique \
    | grep --extended-regexp --invert-match '^(ld-linux.*|lib(c|m|mvec|dl|pthread|rt|resolv|util|nsl|anl)\.so\.[0-9]+) '
}

# Under which terms a library is, as the package that it came in says.
add_licence() { # path of a library
  real=$(readlink --canonicalize "$1")
  package=$(dpkg-query --search "$real" 2>/dev/null | sed -n 's/:.*//p' | head -n 1)
  # What lies in /lib is listed with or without /usr.
  [ -n "$package" ] || package=$(dpkg-query --search "*/$(basename "$real")" 2>/dev/null | sed -n 's/:.*//p' | head -n 1)
  if [ -n "$package" ] && [ -e "/usr/share/doc/$package/copyright" ]; then
    install -D -m 644 "/usr/share/doc/$package/copyright" "$stage/share/doc/zoo/libraries/$package"
  else
    echo "$1: its licence was not found" >&2
    exit 1
  fi
}

set -- "$built/zoo"
for helper in "$stage"/libexec/zoo/*; do set -- "$@" "$built/$(basename "$helper")"; done
if ldd "$@" | grep 'not found' >&2; then exit 1; fi
libraries "$@" | while read -r library path; do
  install -D -m 644 "$path" "$stage/lib/zoo/$library"
  patchelf --set-rpath '$ORIGIN' "$stage/lib/zoo/$library"
  add_licence "$path"
done
patchelf --set-rpath '$ORIGIN/../lib/zoo' "$stage/bin/zoo"
for helper in "$stage"/libexec/zoo/*; do patchelf --set-rpath '$ORIGIN/../../lib/zoo' "$helper"; done

tar --create --gzip --file="$folder/$name.tar.gz" --directory="$folder" --sort=name --owner=0 --group=0 \
  --numeric-owner --mtime="@$time" "$name"
echo "$folder/$name.tar.gz"
