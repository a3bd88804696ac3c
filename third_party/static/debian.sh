# SPDX-License-Identifier: BSD-2-Clause
# Sourced by .ci/release. Downloads packages of Debian without installing them. apt-get runs with package lists, a cache
# and a status file of its own, so it changes nothing in the system, needs no root, and downloads packages of other
# architectures too. It checks the archive's signatures as always.

# Prints the lines of a sources.list: the servers of Debian that this system is configured for, also for sources. apt-get
# knows the servers only after an update.
debian_sources() {
  local codename uri suite component key=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
    while read -r uri suite component; do
      case "$suite $component" in
        "$codename main" | "$codename-updates main" | "$codename-security main")
          printf '%s [%s] %s %s main\n' deb "$key" "$uri" "$suite" deb-src "$key" "$uri" "$suite" ;;
      esac
    done
}

# apt_in ROOT ARCHITECTURE ARGUMENT...: runs apt-get for the packages of ARCHITECTURE, with its files in ROOT.
apt_in() {
  local root=$1 architecture=$2
  shift 2
  apt-get -qq -o Dir::State="$root" -o Dir::State::lists="$root/lists" -o Dir::State::status="$root/status" \
    -o Dir::Cache="$root/cache" -o Dir::Etc::SourceList="$root/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Languages=none -o Debug::NoLocking=1 "$@"
}

# make_apt ROOT ARCHITECTURE: creates ROOT with current package lists.
make_apt() {
  local root=$1 architecture=$2
  mkdir -p "$root"/{lists,cache/archives}/partial
  : >"$root/status"
  debian_sources >"$root/sources.list"
  if [ ! -s "$root/sources.list" ]; then
    echo "release: error: apt-get has no lists of this Debian release; run as root: apt-get update" >&2
    return 1
  fi
  apt_in "$root" "$architecture" update
}

# unpack_packages ROOT ARCHITECTURE DIR PACKAGE...: downloads the packages into ROOT and unpacks them in DIR.
unpack_packages() {
  local root=$1 architecture=$2 dir=$3 package
  shift 3
  mkdir -p "$root/packages" "$dir"
  (cd "$root/packages" && apt_in "$root" "$architecture" download "$@")
  for package in "$root"/packages/*.deb; do dpkg-deb --extract "$package" "$dir"; done
}

# unpack_source ROOT ARCHITECTURE DIR SOURCE: downloads a source package into ROOT and unpacks it, with Debian's patches,
# as DIR. apt-get has checked the files by then.
unpack_source() {
  local root=$1 architecture=$2 dir=$3 source=$4
  mkdir -p "$root/sources"
  (cd "$root/sources" && apt_in "$root" "$architecture" --download-only source "$source" >/dev/null)
  dpkg-source --no-check --no-copy --extract "$root/sources/$source"_*.dsc "$dir" >/dev/null
}
