# Sourced by deploy/start and tests/run: steps without their output, and a build that shows how far it is.

# quietly COMMAND...: shows the output only when the command fails.
quietly() {
  local output
  if ! output=$("$@" 2>&1 </dev/null); then
    tail -n 100 <<<"$output" >&2
    return 1
  fi
}

# build_tree PRESET [TARGET...]: builds, and says how far it is: on a terminal in one line that changes, elsewhere every ten
# seconds. What the compilers say is shown when the build fails.
build_tree() {
  local log code=0
  log=$(mktemp)
  NINJA_STATUS='[%f/%t %e] ' cmake --build --preset "$1" ${2:+--target "${@:2}"} 2>&1 </dev/null | build_progress "$log" || code=1
  [ $code -eq 0 ] || tail -n 100 "$log" >&2
  rm -f "$log"
  return $code
}

# build_progress LOG: reads Ninja's output; what is no progress goes to the log.
build_progress() {
  local line done all seconds next=0 eol='\n'
  [ ! -t 1 ] || eol=''
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\ ([0-9]+)\.[0-9]*\]\  ]]; then
      done=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]} seconds=${BASH_REMATCH[3]}
      [ -n "$eol" ] && [ "$seconds" -lt "$next" ] && continue
      next=$((seconds + 10))
      [ -n "$eol" ] || printf '\r\033[K'
      printf "%d of %d steps, %s$eol" "$done" "$all" "$(build_time_left "$done" "$all" "$seconds")"
    else
      printf '%s\n' "$line" >>"$1"
    fi
  done
  [ -n "$eol" ] || printf '\r\033[K'
}

# build_time_left DONE ALL SECONDS: at the pace so far; the quick steps at the beginning say nothing of it.
build_time_left() {
  local left=$(($3 * ($2 - $1) / ($1 > 0 ? $1 : 1)))
  if [ "$3" -lt 15 ]; then
    echo "$3 s so far"
  elif [ $left -lt 60 ]; then
    echo "less than a minute left"
  else
    echo "about $(((left + 30) / 60)) min left"
  fi
}
