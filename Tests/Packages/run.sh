#!/usr/bin/env bash
# Tries what `make package` makes where nothing of zoo, nor a compiler, has ever been: in bare roots of releases of Debian.
#
#   run.sh --zoo PATH RELEASE...       PATH: the program that was built here, with zoo-demo beside it
#
# The archive, made here, is unpacked in each of them. The .deb is made for one release each: here for this machine's, in a
# root with the toolchain for the others. In each bare root zoo is installed, converts, extracts, predicts and trains,
# takes a plugin, is called in wrong ways, and is removed. `make install` is tried here, on a machine with a toolchain.
# Needs root, for chroot and mount, and a network.
set -euo pipefail
cd "$(dirname "$0")/../.."

. Tests/Distributions/roots.sh
need_roots
zoo=$2
shift 2
. /etc/os-release
own=$VERSION_CODENAME
work=$PWD/.build/packages-test
mkdir --parents "$work"
fail() {
  echo "WRONG: $*"
  exit 1
}
# Left by a run that was stopped.
rm -rf "$work/given" && mkdir "$work/given"
# Nothing that is remembered about this machine takes part: a bare root knows as little.
export XDG_CACHE_HOME="$work/cache" XDG_DATA_HOME="$work/data"
rm -rf "$XDG_CACHE_HOME" "$XDG_DATA_HOME"

# What the trials need: pictures, the demo's base, plugins, and the features that the program gives here.
"$(dirname "$zoo")/zoo-demo" pictures "$work/given/pictures"
cp zoo/demo_mobilenet_0.25_128.h5 zoo/demo_labels.txt Tests/Packages/inside.sh "$work/given"
"$zoo" convert --quiet zoo/demo_mobilenet_0.25_128.h5 --labels zoo/demo_labels.txt -o "$work/given/here.zoo"
"$zoo" extract --quiet "$work/given/here.zoo" "$work/given/pictures" -o "$work/given/here.npy"
# With Swift's runtime within, as there is none in the roots; and as those who have a toolchain build it.
for runtime in static dynamic; do
  flags=$([ $runtime = dynamic ] || echo -Xswiftc -static-stdlib)
  # The plan of the last build; SwiftPM does not make it again for a file that is new in the package asked for.
  rm -f ".build/drop-in-$runtime/release.yaml"
  # shellcheck disable=SC2086 # no flag is no word
  swift build -c release --package-path Tests/DropIn --scratch-path ".build/drop-in-$runtime" $flags
  cp ".build/drop-in-$runtime/release/libTinyNet.so" "$work/given/$runtime.so"
done
# As one for another C library is: it asks for what is not there.
other=$work/given/libc.musl-x86_64.so.1
echo 'int nothing;' | cc -x c -shared -fPIC -o "$other" -Wl,-soname,"$(basename "$other")" -
echo 'int nothing;' | cc -x c -shared -fPIC -o "$work/given/musl.so" -Wl,--no-as-needed - -x none "$other"
rm "$other"

echo "== make install and uninstall"
installed="$work/two words"
rm -rf "$installed"
make --silent install PREFIX="$installed"
# Another version's, which is not in this one.
: >"$installed/bin/old" && echo bin/old >>"$installed/share/zoo/files"
make --silent install PREFIX="$installed"
[ ! -e "$installed/bin/old" ] || fail "a file of the version before is left"
"$installed/bin/zoo" --version
interface() { PKG_CONFIG_PATH=$installed/share/pkgconfig pkg-config "$@" zoo; }
[ "$(interface --modversion)" = "$(cat VERSION)" ] || fail "pkg-config says another version"
plugins=$(interface --variable=plugindir)
[ "$plugins" = "$installed/lib/zoo/plugins" ] || fail "pkg-config says that plugins are in '$plugins'"
for runtime in static dynamic; do
  cp "$work/given/$runtime.so" "$plugins/libTinyNet.so"
  "$installed/bin/zoo" info tinynet >/dev/null || fail "the plugin with a $runtime runtime is not taken"
done
echo '#include <zoo_plugin.h>
const zoo_plugin_record *zoo_plugin_records(size_t *count) {
  static const zoo_plugin_record record = {.abi = 999};
  *count = 1;
  return &record;
}' | cc -x c -shared -fPIC -I "$(interface --variable=includedir)/zoo" -o "$work/given/interface.so" -
make --silent uninstall PREFIX="$installed"
left=$(find "$installed" -type f)
[ "$left" = "$plugins/libTinyNet.so" ] || fail "removed, and left: $left"

bare_root() { # release: sets `root`
  local clean=$work/$1.bare
  if [ ! -d "$clean" ]; then make_root "$1" "$clean" || return 1; fi
  root=$work/$1
  # A mount that is left in it would be emptied as well.
  if grep --quiet " $root/" /proc/mounts; then leave_out "something is mounted in $root"; fi
  rm -rf "$root"
  cp --archive "$clean" "$root"
  accept_old_lists "$root"
  cp --recursive "$work/given" "$root/given"
  bind --types proc proc "$root/proc" || leave_out "nothing can be mounted here"
  bind --bind /dev "$root/dev"
}

try() { # release, package
  echo "== $(basename "$2") in a bare root of $1"
  bare_root "$1" || { echo "left out, as no root could be made; see $work/$1.bare.log"; return; }
  cp "$2" "$root/given/"
  inside "$root" "sh /given/inside.sh '/given/$(basename "$2")'"
  clean_up
}

deb_for() { # release: sets `deb`, to nothing where there is no root to build in
  if [ "$1" = "$own" ]; then
    deb=$(echo .build/packages/*.deb)
    return
  fi
  deb=
  open_root "$1" || return 0
  copy_sources "$root"
  inside "$root" "cd zoo && make deb >/zoo.log 2>&1" || { tail -n 20 "$root/zoo.log"; exit 1; }
  clean_up
  deb=$(echo "$root"/zoo/.build/packages/*.deb)
  lintian --allow-root --fail-on error,warning "$deb"
}

archive=$(echo .build/packages/*.tar.gz)
for release in "$@"; do
  try "$release" "$archive"
  deb_for "$release"
  [ -z "$deb" ] || try "$release" "$deb"
done
