#!/usr/bin/env bash
# Builds zoo in roots of other releases of Debian, runs the demo, and tests it there.
#
#   run.sh [--filter REGEX] RELEASE...
#
# A root each is made with debootstrap in .build/distributions and kept for the next time; the Swift toolchain of this
# machine is bound in. Needs root, for chroot and mount, and a network for the packages: where a root cannot be made,
# that is said, and the release is left out.
set -euo pipefail
cd "$(dirname "$0")/../.."

leave_out() { # why
  echo "Other releases are left out: $1"
  exit 0
}

[ "$(id -u)" = 0 ] || leave_out "chroot and mount need root"
if ! command -v debootstrap >/dev/null; then
  { apt-get update -qq && apt-get install --yes -qq debootstrap >/dev/null; } \
    || leave_out "debootstrap cannot be installed"
fi

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
filter=.
if [ "${1:-}" = --filter ]; then
  filter=$2
  shift 2
fi
# The folder with usr/bin/swift.
toolchain=$(dirname "$(dirname "$(dirname "$(readlink --canonicalize "$(command -v swift)")")")")
# What the toolchain itself needs, beside what zoo is built from.
tools="make g++ libncurses6 libsqlite3-0 libxml2-dev tzdata"

mounts=()
clean_up() {
  for ((index = ${#mounts[@]} - 1; index >= 0; index--)); do umount --lazy "${mounts[index]}"; done
}
trap clean_up EXIT

bind() { # mount's arguments, the place last
  mkdir --parents "${*: -1}"
  mount "$@"
  mounts+=("${*: -1}")
}

inside() { # root, command
  chroot "$1" /usr/bin/env --ignore-environment HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    sh -e -c "cd / && $2"
}

make_root() { # release, root
  local script=/usr/share/debootstrap/scripts/$1
  # A release that this debootstrap does not know yet is made like unstable.
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  rm -rf "$2.part"
  debootstrap --variant=minbase --include=ca-certificates "$1" "$2.part" "$mirror" "$script" >"$2.log" 2>&1 \
    || { tail -n 5 "$2.log"; return 1; }
  mv "$2.part" "$2"
}

prepare() { # root
  inside "$1" "apt-get update -qq -o Acquire::Check-Valid-Until=false && apt-get install --yes -qq --no-install-recommends $tools $(
    Sources/CLibraries/dependencies.sh --list apt) >/dev/null"
  # The toolchain asks for the library under its older name.
  inside "$1" "cd /usr/lib/*-linux-gnu && if [ ! -e libxml2.so.2 ]; then ln -s libxml2.so libxml2.so.2; fi"
}

copy_sources() { # root
  mkdir --parents "$1/zoo"
  find "$1/zoo" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
  done | tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$1/zoo"
}

for release in "$@"; do
  root=$PWD/.build/distributions/$release
  mkdir --parents "$(dirname "$root")"
  if [ ! -d "$root" ] && ! make_root "$release" "$root"; then
    echo "== $release: left out, as no root could be made; see $root.log"
    continue
  fi
  bind --types proc proc "$root/proc" || leave_out "nothing can be mounted here"
  bind --bind /dev "$root/dev"
  bind --bind "$toolchain" "$root/toolchain"
  if ! prepare "$root"; then
    echo "== $release: left out, as its packages could not be installed"
    continue
  fi
  copy_sources "$root"
  echo "== $release: $(inside "$root" ". /etc/os-release; echo \$PRETTY_NAME")"
  inside "$root" "cd zoo && make demo"
  inside "$root" "cd zoo && .build/release/zoo --version"
  inside "$root" "cd zoo && swift build --build-tests -Xswiftc -warnings-as-errors 2>&1 | tail -n 1"
  inside "$root" "cd zoo && swift test --skip-build --filter '$filter'" >"$root.log" 2>&1 || {
    grep --extended-regexp '✘|↳|error:|Fatal error|signal code' "$root.log" | awk '!seen[$0]++' | head -n 60
    echo "== $release: failed; all of it is in $root.log"
    exit 1
  }
  grep 'Test run with' "$root.log"
done
