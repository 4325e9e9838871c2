#!/bin/sh
# Installs a school's box from this folder, without internet, and joins it:  sudo sh install.sh [SCHOOL]
# Run again, it brings the software up to date and leaves the box's identity alone.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
home=/opt/truongnet
state=/var/lib/truongnet

say() { printf '%s\n' "$@"; }
fail() { say "$@" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || fail "Cần quyền quản trị: sudo sh $0" "Needs root: sudo sh $0"
command -v systemctl >/dev/null || fail "Cần Debian với systemd." "Needs Debian with systemd."
(cd "$kit" && sha256sum --quiet --check SHA256SUMS) ||
    fail "USB hỏng hoặc chép thiếu; chép lại bộ cài." "The stick is damaged or the copy incomplete: copy the kit again."

# The school: the only one of this kit, or the one that is named.
school=${1:-}
if [ -z "$school" ]; then
    set -- "$kit"/codes/*.txt
    [ $# -eq 1 ] || fail "Bộ này có nhiều trường; chạy / this kit has several schools, run: sudo sh $0 SCHOOL" \
        "$(cd "$kit/codes" && ls | sed 's/\.txt$//; s/^/    /')"
    school=$(basename "$1" .txt)
fi
case $school in */* | .*) fail "$school?" ;; esac
[ -f "$kit/codes/$school.txt" ] || fail "Bộ này không có trường $school." "This kit has no school $school."
code=$(cat "$kit/codes/$school.txt")

# Python
if ! command -v python3 >/dev/null && [ -d "$kit/debs" ]; then
    say "Cài Python / installing Python"
    set --
    for deb in "$kit"/debs/*.deb; do # what this host has already, as new or newer, stays
        has=$(dpkg-query -W -f='${Version}' "$(dpkg-deb -f "$deb" Package)" 2>/dev/null) || has=
        [ -n "$has" ] && dpkg --compare-versions "$has" ge "$(dpkg-deb -f "$deb" Version)" || set -- "$@" "$deb"
    done
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts=/dev/null install "$@" >/dev/null ||
        fail "Không cài được Python từ USB." "Python could not be installed from the stick."
fi
python3 -c 'import sys, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Cần gói python3 (3.11 trở lên)." "Needs the package python3 (3.11 or newer)."

# scapy, which hears LLDP, CDP and DHCP, is in the kit unless somebody gathered the wheels without it.
parts=agent
for wheel in "$kit"/wheels/scapy-*.whl; do [ -f "$wheel" ] && parts=agent,lan; done

say "Cài TruongNet / installing TruongNet"
getent passwd truongnet >/dev/null ||
    useradd --system --user-group --home-dir "$state" --no-create-home --shell /usr/sbin/nologin truongnet
[ -x $home/bin/python ] || python3 -m venv --without-pip $home
set -- "$kit"/wheels/pip-*.whl
PIP_CONFIG_FILE=/dev/null PYTHONDONTWRITEBYTECODE=1 $home/bin/python "$1/pip" --isolated --quiet --disable-pip-version-check --no-cache-dir install \
    --no-index --find-links "$kit/wheels" --upgrade --force-reinstall --root-user-action ignore "truongnet[$parts]"
ln -sf $home/bin/truongnet /usr/local/bin/truongnet
install -d -m 0755 /etc/truongnet
install -m 0644 "$kit/ca.pem" /etc/truongnet/ca.pem
install -d -m 0700 -o truongnet -g truongnet $state
install -m 0644 "$kit"/units/*.service /etc/systemd/system/

# Join as the user that the box runs as; what is not answered now is asked again by the service.
as_box() { runuser -u truongnet -- $home/bin/truongnet agent "$@"; }
joined=0
case $(as_box status --json 2>/dev/null) in
    *'"joined":"accepted"'* | *'"joined": "accepted"'*) say "Máy đã tham gia; chỉ cập nhật phần mềm / joined already; software updated" ;;
    *) as_box join "$code" --ca /etc/truongnet/ca.pem || joined=$? ;;
esac

if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable --quiet truongnet-helper.service truongnet-agent.service
    systemctl restart truongnet-helper.service truongnet-agent.service
else
    systemctl enable --quiet truongnet-helper.service truongnet-agent.service
fi
say "" "Xong. Xem trạng thái / done; to see how it is:  sudo truongnet agent status"
exit $joined
