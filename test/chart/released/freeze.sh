#!/usr/bin/env bash
# Keeps the version that a commit releases, beside this file: its chart as `helm package` makes it, and the sources of its
# image, which are what charts/image/Dockerfile copies, without tests. What was kept before stays as it is.
#
#   test/chart/released/freeze.sh [COMMIT]      HEAD, unless one is named
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
commit=${1:-HEAD}
cd "$(git rev-parse --show-toplevel)"
version=$(git show "$commit:package.json" | node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).version')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

package_chart() {
  git archive "$commit" -- charts/commonhold | tar -xf - -C "$work"
  "${COMMONHOLD_HELM:-helm}" package "$work/charts/commonhold" --destination "$work" >/dev/null
}

pack_sources() {
  mapfile -t copied < <(git show "$commit:.dockerignore" | sed -n 's/^!//p')
  git archive "$commit" -- "${copied[@]}" .dockerignore charts/image ':(exclude)*.test.ts' ':(exclude)*.fixture.ts' |
    gzip -9n >"$work/$1"
}

# Each appears whole, and with its sum.
keep() {
  if [ -e "$here/$1" ]; then
    echo "$1 was kept before and stays" >&2
    return
  fi
  "$2" "$1"
  (cd "$work" && sha256sum "$1") >>"$here/SHA256SUMS"
  mv "$work/$1" "$here/$1"
}

keep "commonhold-$version.tgz" package_chart
keep "commonhold-$version-source.tgz" pack_sources
