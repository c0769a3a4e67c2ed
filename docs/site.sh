#!/usr/bin/env bash
# The reference of all library modules, with the articles, as static pages for any web server:
#
#     docs/site.sh FOLDER [PATH]     PATH is where the server shows them, such as /zoo
#
# Fails where something public has no documentation, and where an article names something that is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
site=$1
base=${2:-/}
work=.build/docs
rm -rf "$work" "$site"
mkdir -p "$work/graphs" "$work/archives" "$(dirname "$site")"

# As the tests build, so that nothing is built twice.
swift build -Xswiftc -warnings-as-errors
modules=$(swift build --show-bin-path)
includes=(-I "$modules/Modules")
for map in Sources/CLibraries/*/module.modulemap "$modules"/C*.build/module.modulemap; do
  includes+=(-I "$(dirname "$map")")
done

triple=$(swiftc -print-target-info | sed -n 's/.*"triple": "\(.*\)",/\1/p' | head -1)
names=()
for folder in Sources/Zoo*/; do
  name=$(basename "$folder")
  [ "$name" = ZooLibrary ] && name=Zoo
  mkdir -p "$work/graphs/$name"
  swift symbolgraph-extract -module-name "$name" -target "$triple" "${includes[@]}" \
    -minimum-access-level public -skip-synthesized-members -emit-extension-block-symbols \
    -output-dir "$work/graphs/$name"
  # Some modules are for this package alone.
  if grep -q '"symbols":\[\]' "$work/graphs/$name/$name.symbols.json"; then
    rm -r "$work/graphs/$name"
  else
    names+=("$name")
  fi
done

all=$work/all
mkdir -p "$all"
ln "$work"/graphs/*/*.symbols.json "$all"
swift docs/undocumented.swift "$all"

for name in "${names[@]}"; do
  strictness=(--diagnostic-level error)
  if [ "$name" = Zoo ]; then
    catalogue=Sources/ZooLibrary/Zoo.docc
    strictness=(--warnings-as-errors)
  else
    catalogue=$work/catalogues/$name.docc
    mkdir -p "$catalogue"
    line=$(grep "^$name " docs/modules.txt) || { echo "docs/modules.txt: a line for $name is missing"; exit 1; }
    printf '# ``%s``\n\n%s\n\n@Metadata {\n  @TitleHeading("Library")\n}\n' "$name" "${line#* }" >"$catalogue/$name.md"
  fi
  docc convert "$catalogue" --additional-symbol-graph-dir "$work/graphs/$name" \
    --fallback-display-name "$name" --fallback-bundle-identifier "zoo.$name" "${strictness[@]}" \
    --hosting-base-path "$base" --output-path "$work/archives/$name.doccarchive"
done
docc merge "$work"/archives/*.doccarchive --synthesized-landing-page-name zoo \
  --synthesized-landing-page-topics-style list --output-path "$site"
echo "$site: written; to look at it: python3 -m http.server --directory $site"
