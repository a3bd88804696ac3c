#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the Debian packages, checks them with lintian, and installs, uses and removes them in a new Debian 12.
#
#     tests/packages/deb_test.sh [KERNEL]
#
# Must run as root, and needs debootstrap, lintian, clang and a Debian mirror. KERNEL is the BTF of the kernel that is
# reduced: /sys/kernel/btf/vmlinux if it is not given. MINBTF_DEB_ROOT names a directory in which the Debian 12 of the last
# run is kept and used again. The packages are in build-deb.
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=${1:-/sys/kernel/btf/vmlinux}
mirror=http://deb.debian.org/debian
packages=(min-btf libminbtf0 libminbtf-dev)

say() { printf '\n== %s\n' "$*"; }
fail() { echo "deb_test.sh: error: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "this needs root"
for program in debootstrap lintian clang-19; do
  command -v "$program" >/dev/null || fail "$program is missing"
done
[ -r "$kernel" ] || fail "$kernel cannot be read"

say "Building the packages"
cmake --preset deb >/dev/null
cmake --build build-deb
rm -rf build-deb/*.deb build-deb/_CPack_Packages
(cd build-deb && cpack -G DEB)
for file in build-deb/*.deb; do
  printf '\n%s: %d bytes\n' "${file##*/}" "$(wc -c <"$file")"
  dpkg-deb --field "$file" Package Version Depends Installed-Size
done
[ "$(find build-deb -maxdepth 1 -name '*.deb' | wc -l)" = ${#packages[@]} ] || fail "not ${#packages[@]} packages"

say "lintian"
lintian --allow-root --fail-on error --display-level '>=warning' build-deb/*.deb

root=${MINBTF_DEB_ROOT:-}
if [ -z "$root" ]; then
  root=$(mktemp -d)
  trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
else
  trap 'umount "$root/proc" 2>/dev/null || true' EXIT
fi
if [ ! -x "$root/usr/bin/apt-get" ]; then
  say "A new Debian 12 in $root"
  debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
  rm "$root.log"
fi
mount -t proc proc "$root/proc"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# The paths of all files except those that apt and dpkg write for themselves.
files_of_root() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache \
    -o -path ./var/log \) -prune -o -print | sort)
}

say "Installing"
rm -rf "$root/tmp/try"
mkdir -p "$root/tmp/try"
cp build-deb/*.deb "$root/tmp/try"
inside apt-get update -q >/dev/null
# What the packages depend on is installed first, and stays: then removing the packages must restore the list of files.
depends=$(for file in build-deb/*.deb; do dpkg-deb --field "$file" Depends; done | tr ',' '\n' | awk '$1 != "libminbtf0" {print $1}' | sort -u)
inside apt-get install -qq -y --no-install-recommends $depends g++ pkg-config >/dev/null
files_of_root >"$root/tmp/try/before"
inside sh -c 'apt-get install -qq -y --no-install-recommends /tmp/try/*.deb' >/dev/null
inside dpkg-query -W "${packages[@]}"

say "min-btf gen, for the programs in examples/"
for source in examples/*.bpf.c; do
  clang-19 -target bpf -mcpu=v3 -g -O2 -c "$source" -o "$root/tmp/try/$(basename "$source" .c).o"
done
cp "$kernel" "$root/tmp/try/kernel.btf"
inside min-btf --version
inside sh -c 'cd /tmp/try && min-btf gen kernel.btf min.btf *.bpf.o && min-btf verify kernel.btf min.btf *.bpf.o && ls -l kernel.btf min.btf'

say "Programs with pkg-config: C++ and C with the shared library, C++ with the static library"
cp tests/install/consumer.{c,cpp} "$root/tmp/try"
inside sh -c 'cd /tmp/try && g++ -std=c++20 consumer.cpp $(pkg-config --cflags --libs minbtf) -o consumer && ./consumer && ldd consumer | grep libminbtf'
inside sh -c 'cd /tmp/try && gcc consumer.c $(pkg-config --cflags --libs minbtf) -o consumer && ./consumer && ldd consumer | grep libminbtf'
inside sh -c 'cd /tmp/try && g++ -std=c++20 consumer.cpp -Wl,-Bstatic $(pkg-config --cflags --libs minbtf) -Wl,-Bdynamic $(pkg-config --static --libs libelf) -o consumer &&
  ./consumer && ! ldd consumer | grep libminbtf'

say "Removing"
inside apt-get remove -qq -y "${packages[@]}" >/dev/null
files_of_root >"$root/tmp/try/after"
for package in "${packages[@]}"; do
  if inside dpkg-query -W "$package" 2>/dev/null; then fail "$package is still known to dpkg"; fi
done
diff "$root/tmp/try/before" "$root/tmp/try/after" || fail "the removed packages left files, or removed others"
echo "Nothing is left: $(wc -l <"$root/tmp/try/after") paths, as before the installation"
rm -rf "$root/tmp/try"
