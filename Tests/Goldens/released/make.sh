#!/bin/sh
# Adds the files of this version: a part of making a release (CONTRIBUTING.md). Files of other versions are left alone.
#
#   make.sh ZOO       ZOO: the program of the version
set -eu
zoo=$(readlink -f "$1")
cd "$(dirname "$0")"
version=$(cat ../../../VERSION)
printf 'ant\nbee\ncat\n' >labels.txt
for options in "" --compress; do
  "$zoo" convert small.keras --labels labels.txt --preprocessing tf $options -o "$version$options.zoo"
done
