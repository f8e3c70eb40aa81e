#!/usr/bin/env bash
# fetch-debian11.sh [DIRECTORY]: Debian 11's own C library, shells and Python for the tests that
# preload the interposer under glibc 2.31. Where they cannot be had the script says so and succeeds;
# the tests then say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(
  libc6 libcrypt1 libgcc-s1 bash dash coreutils libtinfo6 libacl1 libattr1 libselinux1 libgmp10
  libpcre2-8-0 python3.9-minimal libpython3.9-minimal libpython3.9-stdlib zlib1g libexpat1 libssl1.1
  libffi7 libmpdec3
)
Tools/debian-root bullseye "${1:-.build/debian11}" "${packages[@]}" \
  || echo "fetch-debian11: the tests under glibc 2.31 will be skipped" >&2
