#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs README's commands in a fresh root of a Debian release, as a new user does, and prints how long each takes.
#
#     tests/packages/debian_test.sh SUITE [demo]
#
#     SUITE  bookworm (Debian 12) or trixie (Debian 13)
#     demo   does not run the tests
#
# debootstrap makes the root in TMPDIR, and HEAD is cloned into it. The demo runs twice: the first run installs its
# packages, and the second run starts from a new clone and downloads nothing. Then all tests run. MINBTF_PRESET is passed
# on: `ci` treats warnings as errors. MINBTF_MIRROR names another mirror than deb.debian.org.
#
# Exit status: 0 all passed; 1 a command failed; 2 wrong usage. Requires root, debootstrap, git and util-linux, a kernel
# with BTF, and 6 GB in TMPDIR. The root is removed at the end.
set -euo pipefail
mirror=${MINBTF_MIRROR:-http://deb.debian.org/debian}

fail() { echo "debian_test.sh: error: $*" >&2; exit 1; }

say() { printf '\n== %s\n' "$*"; }

# Runs a command in the root. The mounts are in a namespace of their own, and end with the command.
inside() {  # DIRECTORY COMMAND [ARGUMENT...]
  # shellcheck disable=SC2016  # the inner shell expands the variables
  unshare --mount --propagation private bash -euc '
    root=$0
    mount --bind "$root" "$root"  # tests that make a mount namespace need a root that is a mount point
    for place in /proc /sys /dev; do mount --rbind $place "$root$place"; done
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
      ${MINBTF_PRESET+"MINBTF_PRESET=$MINBTF_PRESET"} bash -euc "cd \"\$0\" && exec \"\$@\"" "$@"
  ' "$root" "$@" </dev/null
}

timed() {  # NAME COMMAND [ARGUMENT...]
  local name=$1 start=$EPOCHSECONDS
  shift
  say "$name"
  "$@" || fail "$suite: failed after $((EPOCHSECONDS - start)) s: $name"
  times+=("$(printf '%5d s  %s' $((EPOCHSECONDS - start)) "$name")")
}

clone() {
  rm -rf "$root/srv/min-btf"
  git clone --quiet --no-hardlinks "$source" "$root/srv/min-btf"
}

case "$#:${1:-}:${2:-}" in
  1:bookworm: | 1:trixie: | 2:bookworm:demo | 2:trixie:demo) ;;
  *) sed -n '3,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || fail "this needs root"
suite=$1
source=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
root=$(mktemp -d -t "minbtf-$suite-XXXXXX")
chmod 755 "$root"
trap 'rm -rf --one-file-system "$root"' EXIT
times=()

timed "debootstrap $suite" debootstrap --variant=minbase "$suite" "$root" "$mirror"
cp /etc/resolv.conf "$root/etc/resolv.conf"
clone
timed "./run demo, with the installation of its packages" inside /srv/min-btf ./run demo
clone
timed "./run demo, from a new clone" inside /srv/min-btf ./run demo
[ "${2:-}" = demo ] || timed "./run test, with the installation of its packages" inside /srv/min-btf ./run test

say "$suite: all passed"
inside / cat /etc/debian_version
printf '%s\n' "${times[@]}"
