#!/bin/sh
# Installs the Debian packages that `run` or `test` needs (setup/debian.txt), without starting any of their services.
# Without root it installs nothing and names what is missing, with the command that installs it.
set -eu
purpose=$1
list=$(dirname "$0")/debian.txt

wanted() { awk -v kinds="$1" 'BEGIN { split(kinds, k, ","); for (i in k) is[k[i]] = 1 } /^[a-z]/ && is[$1] { print $2 }' "$list"; }
missing() {
    for package in $(wanted "$1"); do
        dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || echo "$package"
    done
}

command -v dpkg-query >/dev/null || { echo "TruongNet chạy trên Debian 12 / runs on Debian 12" >&2; exit 1; }
case $purpose in
    run) needed=$(missing run) better=$(missing better) ;;
    test) needed=$(missing run,test) better= ;;
    *) echo "$0 run|test" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086 # the lists are words
set -- $needed $better
[ $# -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Thiếu gói Debian, cài bằng / Debian packages are missing, install them with:" >&2
    echo "    sudo apt-get install --no-install-recommends $*" >&2
    [ "$purpose" = run ] && [ -n "$needed" ] && ! python3 -c 'import ensurepip, venv' 2>/dev/null && exit 1
    exit 0
fi

echo "Cài gói Debian / installing Debian packages: $*"
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then # only what we put there do we take away again
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y --no-install-recommends install "$@" >/dev/null
