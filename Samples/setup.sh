# Sourced by Samples/run-cluster.sh, Tests/run.sh and .ci/run: sees to it that a Debian or Ubuntu machine has what they need.
# Nothing is installed that is there already.

swift_minimum=6.2
swift_page=https://www.swift.org/install/linux/

note() { printf '%s\n' "== $*"; }
fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# A Swift toolchain of version $swift_minimum or later, in PATH or where swiftly puts it.
need_swift() {
  local candidate version
  if ! command -v swift >/dev/null 2>&1; then
    for candidate in "${SWIFTLY_BIN_DIR:-}" "$HOME/.local/share/swiftly/bin" "$HOME/.swiftly/bin"; do
      if [ -n "$candidate" ] && [ -x "$candidate/swift" ]; then
        PATH="$candidate:$PATH"
        break
      fi
    done
  fi
  command -v swift >/dev/null 2>&1 ||
    fail "Swift is missing. Install version $swift_minimum or later from $swift_page," \
      "put its 'swift' in PATH, and start this script again."
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] || fail "'$(command -v swift)' does not tell its version; this package needs Swift $swift_minimum or later ($swift_page)."
  if [ "$(printf '%s\n%s\n' "$swift_minimum" "$version" | sort -V | head -n 1)" != "$swift_minimum" ]; then
    fail "Swift $version is too old. Install version $swift_minimum or later from $swift_page"
  fi
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Asked for now: a command that is fed a script has that for its standard input. With nobody there to type a password, sudo must not ask.
sudo_command=(sudo -n)
[ -t 0 ] && sudo_command=(sudo)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    "${sudo_command[@]}" "$@"
  fi
}

# need_packages PACKAGE…: installs those that are missing, and starts none of their services.
need_packages() {
  local package missing=() status=0
  if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    note "this is no Debian or Ubuntu; make sure that you have the equivalents of: $*"
    return 0
  fi
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    fail "These packages are missing, and there is no sudo to install them with. As root:" "  apt-get install ${missing[*]}"
  fi
  note "installing missing system packages: ${missing[*]}$([ "$(id -u)" = 0 ] || echo ' (with sudo)')"
  # In a shell of its own, so that its trap takes the temporary file away however it ends.
  as_root bash -s -- "${missing[@]}" <<'ROOT' || status=$?
set -u
export DEBIAN_FRONTEND=noninteractive
# A package may start its service when it is installed: redis-server would take port 6379. Debian asks this file before it starts one.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get install -y -q --no-install-recommends "$@" </dev/null ||
  { apt-get update -q </dev/null && apt-get install -y -q --no-install-recommends "$@" </dev/null; } || exit 1
for package in "$@"; do
  case $package in redis-server | redis-sentinel)
    # Not at the next boot either. Only for what was installed just now; a Redis that you had is left as it is.
    if [ -d /run/systemd/system ]; then systemctl disable --now --quiet "$package.service" || true; fi ;;
  esac
done
ROOT
  [ "$status" = 0 ] || fail "installing ${missing[*]} failed. To do it by hand, as root:" "  apt-get install ${missing[*]}"
}

# What every build needs: the C library liblz4, pkg-config to find it, git to fetch the dependencies.
need_build_packages() { need_packages liblz4-dev pkg-config git ca-certificates; }

# The Python that the tests drive redis-py with: an environment of its own in $1, with the versions that the tests were written for.
need_python_client() {
  local folder=$1
  need_packages python3 python3-venv
  command -v python3 >/dev/null 2>&1 || fail "python3 is missing; the tests drive Redis's Python client with it."
  if ! "$folder/bin/python" -c 'import redis, hiredis' >/dev/null 2>&1; then
    note "installing redis-py and hiredis in $folder"
    python3 -m venv "$folder" && "$folder/bin/python" -m pip install -q --disable-pip-version-check 'redis>=5.1,<9' 'hiredis>=3,<4' ||
      fail "installing redis-py failed. To do it by hand:" "  python3 -m venv $folder && $folder/bin/python -m pip install redis hiredis"
  fi
}
