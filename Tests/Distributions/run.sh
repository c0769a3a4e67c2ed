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

. Tests/Distributions/roots.sh
need_roots

filter=.
if [ "${1:-}" = --filter ]; then
  filter=$2
  shift 2
fi
for release in "$@"; do
  open_root "$release" || continue
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
