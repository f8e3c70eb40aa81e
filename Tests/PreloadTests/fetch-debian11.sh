#!/usr/bin/env bash
# fetch-debian11.sh [DIRECTORY]: Debian 11's own C library, shells and Python, unpacked and not
# installed, for the tests that preload the interposer under glibc 2.31. The packages come from the
# Debian mirror this machine is configured for and are checked by apt against Debian's keys.
# Without such a mirror the script says so and succeeds; the tests then say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
directory=${1:-.build/debian11}

packages=(
  libc6 libcrypt1 libgcc-s1 bash dash coreutils libtinfo6 libacl1 libattr1 libselinux1 libgmp10
  libpcre2-8-0 python3.9-minimal libpython3.9-minimal libpython3.9-stdlib zlib1g libexpat1 libssl1.1
  libffi7 libmpdec3
)

skip() { echo "fetch-debian11: $1; the tests under glibc 2.31 will be skipped" >&2; exit 0; }

[[ -f $directory/complete ]] && exit 0
[[ $(uname -m) == x86_64 ]] || skip "this is not an x86-64 machine"
for command in apt-get apt-config dpkg-deb; do
  command -v "$command" >/dev/null || skip "$command is missing"
done

# The mirror of this machine's own release, by either format of apt's list of sources.
mirror=$({ sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p' /etc/apt/sources.list.d/*.sources
  sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list
} 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)
[[ -n $mirror ]] || skip "apt knows no Debian mirror"

mkdir -p "$directory"/apt/{lists/partial,cache/archives/partial}
home=$(cd "$directory" && pwd)/apt
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -f $keys ]] || skip "$keys is missing (package debian-archive-keyring)"
echo "deb [signed-by=$keys arch=amd64] $mirror bullseye main" > "$home/sources.list"
: > "$home/status"
options=(
  -o "Dir::Etc::SourceList=$home/sources.list" -o Dir::Etc::SourceParts=-
  -o "Dir::State::Lists=$home/lists" -o "Dir::State::Status=$home/status"
  -o "Dir::Cache=$home/cache" -o APT::Architecture=amd64 -o APT::Architectures=amd64
  -o Acquire::Languages=none -o APT::Sandbox::User=root -o Acquire::Retries=2
  -o Acquire::Check-Valid-Until=false
)
echo "fetch-debian11: ${#packages[@]} packages"
apt-get -qq "${options[@]}" update || skip "the mirror has no Debian 11"
(cd "$home/cache" && apt-get -qq "${options[@]}" download "${packages[@]}") \
  || skip "the packages could not be fetched"
rm -rf "$directory/root" && mkdir "$directory/root"
for package in "$home"/cache/*.deb; do dpkg-deb -x "$package" "$directory/root"; done
rm -rf "$home"
touch "$directory/complete"
