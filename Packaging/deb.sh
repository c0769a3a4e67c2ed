#!/bin/sh
# Makes a .deb of the programs in BUILT, for the release of Debian that it runs on: a package depends on the libraries
# that are there. Puts it into FOLDER.
#
#   deb.sh BUILT FOLDER
set -eu
cd "$(dirname "$0")/.."
built=$1
folder=$(readlink -m "$2")
if ! dpkg-query --show libc6 >/dev/null 2>&1; then
  echo "Packages are made on Debian and its relatives: elsewhere, 'make install'" >&2
  exit 1
fi
# Debian had another program named zoo.
name=keras-zoo
. /etc/os-release
version="$(cat VERSION)-1~$ID${VERSION_ID:-$VERSION_CODENAME}"
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-The Zoo Authors} <${DEBEMAIL:-zoo-authors@zoo.invalid}>"
# Of the last change, so that the same sources give the same package.
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH="$time"
stage=$folder/$name
documents=$stage/usr/share/doc/$name

rm -rf "$stage"
trap 'rm -rf "$stage" "$folder/debian"' EXIT
Packaging/install.sh "$built" /usr "$stage" >/dev/null
rm -r "$stage/usr/share/zoo"

# Where Debian has them.
mv "$stage/usr/share/doc/zoo" "$documents"
rm "$documents/LICENSE"
mv "$documents/CHANGELOG.md" "$documents/changelog"
mkdir "$stage/usr/share/zsh/vendor-completions"
mv "$stage/usr/share/zsh/site-functions/_zoo" "$stage/usr/share/zsh/vendor-completions/_zoo"
rmdir "$stage/usr/share/zsh/site-functions"

cat >"$documents/copyright" <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: zoo

Files: *
Copyright: 2026 The Zoo Authors
License: Expat

Files: usr/bin/zoo usr/libexec/zoo/*
Copyright: 2026 The Zoo Authors
 2014-2026 Apple Inc. and the Swift project authors
License: Expat and Apache-2.0 with Swift exception
Comment: The Swift runtime is linked into these programs.

License: Expat
$(sed -e '1,/^Copyright/d' -e '1,/^$/{/^$/d}' LICENSE | sed -e 's/^$/./' -e 's/^/ /')

License: Apache-2.0 with Swift exception
 On Debian systems, the complete text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.
 .
 As an exception, if you use this Software to compile your source code and portions of this Software are embedded into
 the binary product as a result, you may redistribute such product without providing attribution as would otherwise be
 required by Sections 4(a), 4(b) and 4(d) of the License.
COPYRIGHT

cat >"$documents/changelog.Debian" <<CHANGES
$name ($version) unstable; urgency=medium

  * See changelog.gz for what is new in this version.

 -- $maintainer  $(date --utc --rfc-email --date="@$time")
CHANGES
gzip -9 --no-name "$documents/changelog" "$documents/changelog.Debian" "$stage"/usr/share/man/man1/*.1

# dpkg-shlibdeps looks for a source package.
mkdir -p "$folder/debian"
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' $name $name >"$folder/debian/control"
# Pictures in most formats need none of the libraries that only the helpers decoding the others link.
pictures=$(cd "$folder" && find $name/usr/libexec/zoo -type f ! -name zoo-hdf5 | sort)
# shellcheck disable=SC2086
libraries=$(cd "$folder" && dpkg-shlibdeps -O $name/usr/bin/zoo $name/usr/libexec/zoo/zoo-hdf5 -dRecommends $pictures)
depends=$(echo "$libraries" | sed -n 's/^shlibs:Depends=//p')
recommends=$(echo "$libraries" | sed -n 's/^shlibs:Recommends=//p')

mkdir "$stage/DEBIAN"
cat >"$stage/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du --summarize --apparent-size --block-size=1024 "$stage/usr" | cut -f 1)
Depends: $depends
Recommends: ca-certificates${recommends:+, $recommends}
Conflicts: zoo
Section: science
Priority: optional
Description: Keras' pretrained image networks, converted, verified and used
 The program zoo reads the files that Keras has published and written since
 its first version, checks every tensor, and turns them into one native file.
 From there it extracts features, predicts, and trains heads on a base, with
 Keras' own numbers and without Python.
CONTROL
(cd "$stage" && find usr -type f -print0 | sort --zero-terminated | xargs --null md5sum >DEBIAN/md5sums)
find "$stage" -newermt "@$time" -exec touch --no-dereference --date="@$time" {} +
package=${name}_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$stage" "$folder/$package" >/dev/null
echo "$folder/$package"
