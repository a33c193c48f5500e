#!/bin/bash
# Try the two commands on a bare tree: make fresh SUITE=trixie|bookworm (as root).
#
#   COMMANDS="run test"   what to try, in this order; also: offline (a second start
#                         without network), killed (in each step, then let through)
#   AS="root user"        as whom
#   SCRIPT=file.py        a script for Odoo's shell, played while the server answers
#   MIRROR=, OPTIONS=     another archive than this machine's, options of debootstrap
#
# The tree holds what debootstrap gives, python3, make and apt, and goes at the end.
set -euo pipefail
SUITE=${SUITE:-trixie}
COMMANDS=${COMMANDS:-run test}
AS=${AS:-user root}
PORT=${HTTP_PORT:-8169}
[ "$(id -u)" = 0 ] || { echo "Erreur : « make fresh » demande l'administrateur (sudo)."; exit 1; }
command -v debootstrap >/dev/null || { echo "Erreur : installez debootstrap (apt-get install debootstrap)."; exit 1; }
cd "$(dirname "$0")/.."
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep /debian/ | grep -v security | head -1)}
TREE=$(mktemp -d "${TMPDIR:-/tmp}/cdg47-$SUITE-XXXXXX")

kill_all() {
    for process in /proc/[0-9]*; do
        if [ "$(readlink "$process/root")" = "$TREE" ]; then kill -9 "${process#/proc/}" || true; fi
    done
}

leave() {
    kill_all
    umount -l "$TREE/proc" "$TREE/dev" 2>/dev/null || true
    rm -rf --one-file-system "$TREE"
}
trap leave EXIT
FAILED=0
NETWORK=

alone() {
    unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

inside() {
    local account=$1
    shift
    $NETWORK chroot "$TREE" env -i HOME="/home/$account" LANG=C.UTF-8 HTTP_PORT="$PORT" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        setpriv --reuid="$account" --regid="$account" --init-groups \
        bash -c "cd ~/projet || exit; $*"
}

timed() {
    local label=$1 start=$SECONDS code=0
    shift
    "$@" || code=$?
    echo "== $SUITE, $label : code $code, $(( (SECONDS - start) / 60 )) min $(( (SECONDS - start) % 60 )) s"
    [ $code = 0 ] || FAILED=1
}

# What the tests ask of the administrator, where an ordinary user runs them.
tools() {
    local packages="chromium git libreoffice-calc-nogui"
    echo "== installés par l'administrateur pour les tests : $packages"
    chroot "$TREE" sh -c "apt-get -qq update &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $packages" >/dev/null 2>&1
}

# Serve, wait for « Prêt » and the login page, then stop.
served() {
    inside "$1" "make run & pid=\$!
        for second in \$(seq 900); do
            python3 -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:$PORT/web/login\")' 2>/dev/null && break
            kill -0 \$pid 2>/dev/null || exit 1
            sleep 1
        done
        echo \"page de connexion après \$second s\"
        if [ -f ~/script.py ]; then make -s shell < ~/script.py; fi
        make stop; wait \$pid || true"
}

# Started again where there is no network but the machine itself.
offline() {
    NETWORK=alone
    served "$1"
    NETWORK=
}

# Killed with all that it started, two seconds after each step begins, then let through.
killed() {
    local step log
    for step in ${STEPS:-1 2 3 4 5 6 7}; do
        log=$(mktemp)
        inside "$1" "make run" >"$log" 2>&1 &
        until grep -q "^.$step/" "$log" || ! kill -0 $!; do sleep 0.2; done
        sleep 2
        kill_all
        wait || true
        echo "tué à l'étape : $(grep '^.[0-9]/' "$log" | tail -1)"
        rm "$log"
    done
    served "$1"
}

# A function is read whole: the file may change meanwhile.
main() {
    chmod 755 "$TREE"
    echo "== $SUITE : arbre nu"
    # shellcheck disable=SC2086  # several options
    debootstrap ${OPTIONS:-} --variant=minbase --include=python3,make,ca-certificates,apt "$SUITE" "$TREE" "$MIRROR" >/dev/null
    mount -t proc proc "$TREE/proc"
    mount --bind /dev "$TREE/dev"
    cp /etc/resolv.conf /etc/hosts "$TREE/etc/"
    # How this machine reaches its mirror and its indexes, and what it trusts.
    cp -n /etc/apt/apt.conf.d/99* "$TREE/etc/apt/apt.conf.d/" 2>/dev/null || true
    cp /etc/ssl/certs/ca-certificates.crt "$TREE/etc/ssl/certs/"
    if [ -f /etc/pip.conf ]; then cp /etc/pip.conf "$TREE/etc/"; fi
    chroot "$TREE" useradd -m user
    mkdir -p "$TREE/home/root"
    for account in $AS; do
        mkdir -p "$TREE/home/$account/projet"
        git ls-files -co --exclude-standard | tar cf - -T - | tar xf - -C "$TREE/home/$account/projet"
        if [ -n "${SCRIPT:-}" ]; then cp "$SCRIPT" "$TREE/home/$account/script.py"; fi
        chroot "$TREE" chown -R "$account": "/home/$account"
        for command in $COMMANDS; do
            case $command in
                run) timed "make run, $account" served "$account" ;;
                offline) timed "make run sans réseau, $account" offline "$account" ;;
                killed) timed "make run tué à chaque étape, $account" killed "$account" ;;
                *)
                    [ "$account" = root ] || tools
                    timed "make $command, $account" inside "$account" "make $command"
                    ;;
            esac
        done
    done
    exit $FAILED
}

main
