# What the test scripts share; sourced, not run.

# need TEST PACKAGE WHY: installs the Debian package unless the command TEST succeeds.
need() {
  if eval "$1" > /dev/null 2>&1; then return 0; fi
  if [ "$(id -u)" != 0 ]; then
    echo "missing: $2 ($3). Install it, or run this as root, or use --fast." >&2
    return 1
  fi
  echo "installing $2: $3"
  local said=/tmp/.kefu-apt.log
  if [ ! -e /tmp/.kefu-apt-updated ]; then
    apt-get update -qq > "$said" 2>&1 || { tail -n 20 "$said" >&2; return 1; }
    touch /tmp/.kefu-apt-updated
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >> "$said" 2>&1 ||
    { tail -n 20 "$said" >&2; return 1; }
}
