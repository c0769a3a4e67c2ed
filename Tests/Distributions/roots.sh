# shellcheck shell=bash
# Roots of releases of Debian, for the scripts that read this file. They call `need_roots` first.

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
# The folder with usr/bin/swift.
toolchain=$(dirname "$(dirname "$(dirname "$(readlink --canonicalize "$(command -v swift)")")")")

leave_out() { # why
  echo "Other releases are left out: $1"
  exit 0
}

need_roots() {
  [ "$(id -u)" = 0 ] || leave_out "chroot and mount need root"
  if ! command -v debootstrap >/dev/null; then
    { apt-get update -qq && apt-get install --yes -qq debootstrap >/dev/null; } \
      || leave_out "debootstrap cannot be installed"
  fi
}

mounts=()
clean_up() {
  for ((index = ${#mounts[@]} - 1; index >= 0; index--)); do umount --lazy "${mounts[index]}"; done
  mounts=()
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

# What the toolchain itself needs, beside what zoo is built from.
tools="make g++ libncurses6 libsqlite3-0 libxml2-dev tzdata"

# Lists older than a week or so are as good for a test, where a mirror or the clock is not of today.
accept_old_lists() { # root
  echo 'Acquire::Check-Valid-Until "false";' >"$1/etc/apt/apt.conf.d/valid-until"
}

prepare() { # root
  accept_old_lists "$1"
  inside "$1" "apt-get update -qq && apt-get install --yes -qq --no-install-recommends $tools $(
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

# Makes a root to build in, unless it is there already, and sets `root`.
open_root() { # release
  root=$PWD/.build/distributions/$1
  mkdir --parents "$(dirname "$root")"
  if [ ! -d "$root" ] && ! make_root "$1" "$root"; then
    echo "== $1: left out, as no root could be made; see $root.log"
    return 1
  fi
  bind --types proc proc "$root/proc" || leave_out "nothing can be mounted here"
  bind --bind /dev "$root/dev"
  bind --bind "$toolchain" "$root/toolchain"
  if ! prepare "$root"; then
    echo "== $1: left out, as its packages could not be installed"
    return 1
  fi
}
