#!/bin/sh
# Sees to it that what zoo is built from is there: Swift, the system's libraries in versions that it knows.
# Installs what is missing where it may, and else says what to install.
#
#   dependencies.sh [GROUP...]     GROUP: python, pytorch, browser, compiler (what the comparisons need besides), install,
#                                  packaging, lintian (what `make install` and `make package` need besides)
#   dependencies.sh --list MANAGER the packages' names for apt, dnf, pacman or zypper
#   dependencies.sh --helpers      the helper programs that decode pictures and whose libraries are there
set -eu

# group | what | pkg-config's name, lowest version | apt | dnf | pacman | zypper
# The names for apt were tried in Debian 12, 13 and 14; the others are as those distributions list them.
table() {
  cat <<'TABLE'
build|oneDNN|dnnl|2.6|libdnnl-dev|onednn-devel|onednn|onednn-devel
build|HDF5|hdf5|1.10|libhdf5-dev|hdf5-devel|hdf5|hdf5-devel
build|OpenBLAS|openblas|0.3|libopenblas-dev|openblas-devel|openblas|openblas-devel
build|libjpeg|libjpeg|2.0|libjpeg-dev|libjpeg-turbo-devel|libjpeg-turbo|libjpeg8-devel
build|libpng|libpng|1.6|libpng-dev|libpng-devel|libpng|libpng16-devel
build|libwebp|libwebpdemux|1.0|libwebp-dev|libwebp-devel|libwebp|libwebp-devel
build|giflib|-|-|libgif-dev|giflib-devel|giflib|giflib-devel
build|libzip|libzip|1.5|libzip-dev|libzip-devel|libzip|libzip-devel
build|libcurl|libcurl|7.68|libcurl4-openssl-dev|libcurl-devel|curl|libcurl-devel
build|OpenSSL|libcrypto|3.0|libssl-dev|openssl-devel|openssl|libopenssl-devel
build|zlib|zlib|1.2|zlib1g-dev|zlib-devel|zlib|zlib-devel
build|libdeflate|libdeflate|1.5|libdeflate-dev|libdeflate-devel|libdeflate|libdeflate-devel
build|certificates|-|-|ca-certificates|ca-certificates|ca-certificates|ca-certificates
build|pkg-config|-|-|pkg-config|pkgconf-pkg-config|pkgconf|pkg-config
pictures|libtiff|libtiff-4|4.0|libtiff-dev|libtiff-devel|libtiff|libtiff-devel
pictures|libheif|libheif|1.15|libheif-dev|libheif-devel|libheif|libheif-devel
pictures|libjxl|libjxl|0.7|libjxl-dev|libjxl-devel|libjxl|libjxl-devel
python|Python|-|-|python3 python3-venv|python3|python|python3
pytorch|PyTorch|-|-|python3-torch python3-torchvision|python3-torch python3-torchvision|python-pytorch python-torchvision|-
browser|Chromium|-|-|chromium|chromium|chromium|chromium
compiler|C++|-|-|g++|gcc-c++|gcc|gcc-c++
install|strip|-|-|binutils|binutils|binutils|binutils
packaging|patchelf|-|-|patchelf|-|-|-
packaging|dpkg-shlibdeps|-|-|dpkg-dev|-|-|-
lintian|lintian|-|-|lintian|-|-|-
TABLE
}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

swift_least=6.3

# Whether version $1 is at least $2.
reaches() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort --version-sort | head -n 1)" = "$2" ]; }

check_swift() {
  command -v swift >/dev/null \
    || fail "There is no Swift on the PATH. zoo needs Swift $swift_least or later: https://www.swift.org/install"
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
  reaches "${found:-0}" "$swift_least" \
    || fail "zoo needs Swift $swift_least or later; found ${found:-an unknown version}: https://www.swift.org/install"
}

column() {
  case $1 in
    apt) echo 5 ;;
    dnf) echo 6 ;;
    pacman) echo 7 ;;
    zypper) echo 8 ;;
    *) fail "unknown package manager '$1': expected apt, dnf, pacman or zypper" ;;
  esac
}

# The packages of the groups, for a manager.
packages() {
  field=$(column "$1")
  shift
  for group in "$@"; do
    table | awk -F '|' -v group="$group" -v field="$field" '$1 == group && $field != "-" { print $field }'
  done | tr '\n' ' '
}

manager() {
  for found in apt-get dnf pacman zypper; do
    if command -v $found >/dev/null; then
      echo "${found%-get}"
      return
    fi
  done
  echo none
}

is_installed() {
  case $1 in
    apt) dpkg-query --show --showformat='${Status}' "$2" 2>/dev/null | grep --quiet 'ok installed' ;;
    dnf | zypper) rpm --query --quiet --whatprovides "$2" 2>/dev/null ;;
    pacman) pacman -Qq "$2" >/dev/null 2>&1 ;;
  esac
}

install_command() {
  case $1 in
    apt) echo "env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends" ;;
    dnf) echo "dnf install --assumeyes --quiet" ;;
    pacman) echo "pacman --sync --noconfirm --needed" ;;
    zypper) echo "zypper --quiet --non-interactive install" ;;
  esac
}

install_missing() {
  manager=$(manager)
  if [ "$manager" = none ]; then
    # The versions are checked all the same.
    return
  fi
  missing=""
  for package in $(packages "$manager" "$@"); do
    is_installed "$manager" "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  command=$(install_command "$manager")
  if [ "$(id -u)" = 0 ]; then
    sudo=""
  elif command -v sudo >/dev/null; then
    sudo="sudo"
  else
    fail "These packages are missing:$missing" "Install them as root: ${command#env DEBIAN_FRONTEND=noninteractive }$missing"
  fi
  echo "Installing system packages:$missing"
  if [ "$manager" = apt ]; then $sudo apt-get update --quiet --quiet; fi
  $sudo $command $missing || fail "These packages could not be installed:$missing"
}

# oneDNN comes without a pkg-config file in Debian: its header says the version.
onednn_version() {
  directory=$(dirname "$(command -v swift)")
  compiler=$directory/clang
  [ -x "$compiler" ] || compiler=cc
  echo '#include <dnnl_version.h>' | "$compiler" -E -dM -x c - 2>/dev/null \
    | awk '/DNNL_VERSION_MAJOR/ { major = $3 } /DNNL_VERSION_MINOR/ { minor = $3 } END { if (major) print major "." minor }'
}

check_versions() {
  wrong=""
  rows=$(table | awk -F '|' '$1 == "build" && $3 != "-" { print $2 "|" $3 "|" $4 }')
  while IFS='|' read -r name module least; do
    if [ "$module" = dnnl ]; then
      found=$(onednn_version)
    else
      found=$(pkg-config --modversion "$module" 2>/dev/null || true)
    fi
    if [ -z "$found" ]; then
      wrong="$wrong
  $name $least or later: not found"
    elif ! reaches "$found" "$least"; then
      wrong="$wrong
  $name $least or later: found $found"
    elif [ "$module" = dnnl ] && reaches "$found" 4; then
      wrong="$wrong
  $name 2.6 or later, up to version 3: found $found"
    fi
  done <<ROWS
$rows
ROWS
  [ -z "$wrong" ] || fail "zoo cannot be built with the libraries of this system:$wrong" \
    "What each release of a distribution has is in docs/platforms.md."
}

# Without these, zoo is built all the same, and says of such pictures what to install.
install_optional() {
  (install_missing pictures) || echo "zoo will not read some kinds of pictures: see docs/pictures.md"
}

# Named after their libraries.
helpers() {
  table | awk -F '|' '$1 == "pictures" { print $2, $3, $4 }' | while read -r library module least; do
    if pkg-config --atleast-version="$least" "$module" 2>/dev/null; then echo "zoo-${library#lib}"; fi
  done
}

if [ "${1:-}" = --list ]; then
  packages "${2:?expected a package manager}" build pictures
  echo
  exit
fi
if [ "${1:-}" = --helpers ]; then
  helpers
  exit
fi
check_swift
install_missing build "$@"
install_optional
check_versions
