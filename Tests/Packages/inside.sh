#!/bin/sh
# The trial of a package, in a bare root: installs it, uses it, removes it. Ends with 1 at the first thing that is wrong.
#
#   inside.sh PACKAGE
set -eu
package=$1
cd /given
fail() {
  echo "WRONG: $*"
  exit 1
}

# Everything in the system but what changes by itself.
files() { find / -xdev \( -path /proc -o -path /dev -o -path /given -o -path /var/cache -o -path /var/log -o -path /var/lib/apt \
  -o -path /var/lib/dpkg -o -path /tmp \) -prune -o -print | sort; }

command -v swift && fail "there is a toolchain"
files >/tmp/before
case $package in
  *.deb)
    apt-get update -qq
    apt-get install --yes -qq --no-install-recommends "$package" >/dev/null 2>/tmp/install || { cat /tmp/install; exit 1; }
    prefix=/usr
    ;;
  *.tar.gz)
    # Anywhere, also with a space in it.
    mkdir --parents "/opt/two words"
    tar --extract --file="$package" --directory="/opt/two words"
    prefix=$(echo "/opt/two words"/*)
    ;;
esac
PATH="$prefix/bin:$PATH"
zoo --version
case $(zoo --version) in *unknown*) fail "a version is unknown" ;; esac

zoo convert --quiet demo_mobilenet_0.25_128.h5 --labels demo_labels.txt -o demo.zoo
zoo verify demo.zoo demo_mobilenet_0.25_128.h5
zoo extract --quiet demo.zoo pictures -o features.npy
if cmp --silent features.npy here.npy; then
  echo "features as where the package was made, to the last bit"
else
  fail "the features are not those of where the package was made"
fi
zoo train --quiet --no-plan demo.zoo pictures -o own.zoo --epochs 2 --batch 16
zoo predict own.zoo pictures/ring/1.bmp --top 1
zoo export --quiet own.zoo -o own.keras
zoo evaluate own.zoo pictures >/dev/null || fail "it cannot measure what it trained"

# The manual and the completions are there, and name every command.
for command in $(zoo --help | sed -n '/^Usage/,/^Environment/s/^  \([a-z]*\)  .*/\1/p'); do
  ls "$prefix/share/man/man1/zoo-$command.1"* >/dev/null || fail "no manual page for $command"
  grep --quiet "$command" "$prefix/share/bash-completion/completions/zoo" || fail "no completion for $command"
done
bash -c '. "$1/share/bash-completion/completions/zoo"
  COMP_WORDS=(zoo train demo.zoo pictures --optimizer ad) COMP_CWORD=5
  compopt() { :; }
  _zoo
  [ "${COMPREPLY[*]}" = "adam adamw" ]' bash "$prefix" || fail "bash does not complete 'ad'"

# What goes wrong is one line, and the exit code 1.
refuse() { # words, command...
  words=$1
  shift
  if "$@" >/tmp/out 2>/tmp/err; then fail "'$*' succeeded"; fi
  [ "$(wc -l </tmp/err)" = 1 ] || { cat /tmp/err; fail "'$*' did not say one line"; }
  grep --quiet --fixed-strings "$words" /tmp/err || { cat /tmp/err; fail "'$*' does not say '$words'"; }
  sed 's/^/  /' /tmp/err
}

plugins=$prefix/lib/zoo/plugins
cp static.so "$plugins/libTinyNet.so"
zoo info tinynet >/dev/null || fail "the plugin was not found"
zoo plugins | grep TinyNet
# Without a toolchain the other one lacks its library.
for plugin in dynamic:libswift musl:libc.musl-x86_64.so.1 interface:"plugin interface 999"; do
  cp "${plugin%%:*}.so" "$plugins/libTinyNet.so"
  refuse "${plugin#*:}" zoo plugins
done
rm "$plugins/libTinyNet.so"

helper=$prefix/libexec/zoo/zoo-hdf5
mv "$helper" /tmp/helper
refuse "zoo-hdf5: the program that reads HDF5 files was not found" zoo convert demo_mobilenet_0.25_128.h5 -o x.zoo
# A listing of version 9.
printf '#!/bin/sh\nprintf "\\001\\114\\132\\061\\010\\000\\000\\000\\011\\000\\000\\000\\000\\000\\000\\000"\n' >"$helper"
chmod 755 "$helper"
refuse "is of another version of zoo" zoo convert demo_mobilenet_0.25_128.h5 -o x.zoo
printf '#!/bin/sh\nexit 4\n' >"$helper"
refuse "is of another version of zoo" zoo export demo.zoo -o x.h5
mv /tmp/helper "$helper"
[ ! -e x.zoo ] && [ ! -e x.h5 ] || fail "something was written"

# Pictures in formats with helpers of their own: without one, the message says what to install.
if [ -e "$prefix/libexec/zoo/zoo-tiff" ]; then
  printf 'II*\000\010\000\000\000' >pictures/cut.tif
  case $package in
    *.deb)
      # What is recommended is not there yet.
      refuse "install libtiff (Debian: libtiff6)" zoo predict demo.zoo pictures/cut.tif
      apt-get install --yes -qq --no-install-recommends libtiff6 >/dev/null
      ;;
  esac
  refuse "corrupt or truncated TIFF" zoo predict demo.zoo pictures/cut.tif
  mv "$prefix/libexec/zoo/zoo-tiff" /tmp/helper
  refuse "zoo was built without libtiff" zoo predict demo.zoo pictures/cut.tif
  mv /tmp/helper "$prefix/libexec/zoo/zoo-tiff"
  rm pictures/cut.tif
fi

# By somebody without a home, to whom nothing belongs.
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups env -u HOME"
$nobody zoo list mobilenet_0.25_128 >/dev/null || fail "it needs HOME"
$nobody zoo predict demo.zoo pictures/ring/1.bmp --top 1
refuse "set XDG_DATA_HOME to a folder that can be written" $nobody zoo fetch vgg16
# What is only kept for the next time is not worth a failure, and is said.
$nobody zoo train --quiet demo.zoo pictures -o /tmp/x.zoo 2>/tmp/err || fail "it needs a cache: $(cat /tmp/err)"
grep "set XDG_CACHE_HOME to a folder that can be written; features are kept for this run only" /tmp/err \
  || fail "nothing says that features are not kept: $(cat /tmp/err)"
rm /tmp/x.zoo
mkdir /tmp/store
refuse "/tmp/store" $nobody env XDG_DATA_HOME=/tmp/store zoo fetch vgg16
mount -t tmpfs -o ro none /tmp/store
refuse "Read-only file system" env XDG_DATA_HOME=/tmp/store zoo fetch vgg16
refuse "Read-only file system" zoo convert demo_mobilenet_0.25_128.h5 -o /tmp/store/x.zoo
# What is only remembered for the next time is not worth a failure.
XDG_CACHE_HOME=/tmp/store zoo extract --quiet demo.zoo pictures pictures pictures -o many.npy
umount /tmp/store
chmod 755 /given
refuse "Permission denied" $nobody zoo convert demo_mobilenet_0.25_128.h5 -o /given/x.zoo
rmdir /tmp/store
rm -rf "$HOME/.cache/zoo"
rmdir "$HOME/.cache" 2>/dev/null || true

case $package in
  *.deb)
    apt-get purge --yes -qq keras-zoo >/dev/null
    apt-get autoremove --yes --purge -qq >/dev/null
    ;;
  *.tar.gz) rm -rf "/opt/two words" ;;
esac
files >/tmp/after
# What the libraries' own packages leave is theirs.
left=$(comm -13 /tmp/before /tmp/after | grep zoo || true)
[ -z "$left" ] || fail "removed, and left: $left"
echo "removed, and nothing is left"
