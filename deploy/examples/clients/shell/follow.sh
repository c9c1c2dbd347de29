#!/usr/bin/env bash
# Follows events over HTTP with curl.
#
#   MLUP_TOKEN=... follow.sh http://127.0.0.1:7480 [FILTER]      for example category:case
#
# CURL_CA_BUNDLE=issuer.crt follow.sh https://... where the system does not know the issuer of the server's certificate.
#
# Prints each event as one line of JSON. Where it stands is kept in the file $MLUP_STATE [./mlup.position], after each
# event was handled. With MLUP_ONCE=1 it ends when all that is recorded has come.
set -euo pipefail
url=$1
filter=${2:-}
state=${MLUP_STATE:-./mlup.position}
here=$(mktemp -d)
# curl runs beside this script as its last child; it would notice the end with its next line only.
trap 'rm -rf "$here"; kill "$!" 2>/dev/null || true' EXIT

# Your work with one event. It must bear the same event twice.
handle() { printf '%s\n' "$1"; }

# The token stands in a file that only you can read, so that it does not show in the list of processes.
(umask 077 && printf 'header = "Authorization: Bearer %s"\n' "$MLUP_TOKEN" >"$here/curl")

while true; do
  place=$(cat "$state" 2>/dev/null || true)
  id="" name=""
  # curl ends when nothing comes for 45 seconds; the server says something every 15.
  while IFS= read -r line; do
    case $line in
      "status: 429") ;;
      "status: 4"??) exit 1 ;; # It does not get better by trying again; curl has said why.
      "id: "*) id=${line#id: } ;;
      "event: "*) name=${line#event: } ;;
      "data: "*)
        case $name in
          cloudevent) handle "${line#data: }" ;;
          failed) printf '%s\n' "${line#data: }" >&2; exit 1 ;;
        esac
        if [ -n "$id" ]; then
          printf '%s' "$id" >"$state.new"
          mv "$state.new" "$state"
        fi
        if [ "$name" = caught-up ] && [ "${MLUP_ONCE:-}" = 1 ]; then exit 0; fi
        id="" name=""
        ;;
    esac
  done < <(exec curl --silent --show-error --no-buffer --fail --speed-time 45 --speed-limit 1 \
    --config "$here/curl" --header 'Accept: text/event-stream' ${place:+--header "Last-Event-ID: $place"} \
    --write-out 'status: %{http_code}\n' "$url/v1/events${filter:+?filter=$filter}")
  echo "connection lost, trying again" >&2
  sleep 2
done
