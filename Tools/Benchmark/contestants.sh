# Part of Tools/bench: filing one corpus, beside age, gocryptfs, tar and cp, on
# the same file system in the same run.

contestants=(casevault age gocryptfs tar_age cp)

measure_filing() {
  local round place contestant
  corpus=$disk/corpus
  mkdir "$corpus"
  say "making the case files of $cases cases"
  "$benchmark" corpus "$corpus" "$cases"
  corpus_bytes=$(find "$corpus" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  figure corpus.bytes "$corpus_bytes"
  figure corpus.files "$(find "$corpus" -type f | wc -l)"
  prepare_gocryptfs
  for ((round = 0; round < rounds; round++)); do
    # Another one begins each round.
    for ((place = 0; place < ${#contestants[@]}; place++)); do
      contestant=${contestants[(place + round) % ${#contestants[@]}]}
      say "filing, round $((round + 1)): $contestant"
      settle
      compete "$contestant" "$disk/$contestant-$round"
    done
  done
  report_filing
}

prepare_age() {
  age-keygen -o "$work/age-key" 2>/dev/null
  recipient=$(age-keygen -y "$work/age-key")
}

prepare_gocryptfs() {
  mkdir "$disk/cipher" "$work/clear"
  if gocryptfs -init -q -scryptn 10 -passfile "$work/passphrase" "$disk/cipher" >&2 &&
    gocryptfs -q -nosyslog -passfile "$work/passphrase" "$disk/cipher" "$work/clear" >&2; then
    mounted=$work/clear
  else
    say "gocryptfs does not run here: left out"
    contestants=(casevault age tar_age cp)
  fi
}

# What was written before is on the disk, and the corpus alone is in the cache.
# Where others work on the machine, waits for them, but not for ever.
settle() {
  sync
  [[ -w /proc/sys/vm/drop_caches ]] && echo 3 >/proc/sys/vm/drop_caches
  find "$corpus" -type f -print0 | xargs -0 cat >/dev/null
  wait_for_quiet
}

declare -A written=() durable=()

# One contestant, from its start to its end, and on to the sync of all it wrote.
compete() {
  local seconds
  timed "file_with_$1" "$2"
  seconds=$took
  timed sync -f "$disk"
  written[$1]+=" $seconds"
  durable[$1]+=" $((seconds + took))"
}

# The figure of the program counts from the open identity on: see FilingSpeed.
file_with_casevault() {
  "$benchmark" file "$corpus" "$1" >"$work/filed"
  in_process+=("$(awk '/^filing.seconds/ { printf "%d", $2 * 1e6 }' "$work/filed")")
  vault=$1
}

file_with_age() {
  local path
  (
    cd "$corpus"
    for folder in *; do
      mkdir -p "$1/$folder"
      for path in "$folder"/*; do age -r "$recipient" -o "$1/$path.age" "$path"; done
    done
  )
}

file_with_gocryptfs() { cp -r "$corpus" "$mounted/${1##*/}"; }
file_with_tar_age() { tar -C "$corpus" -c . | age -r "$recipient" >"$1"; }
file_with_cp() { cp -r "$corpus" "$1"; }

in_process=()

report_filing() {
  local name own stored
  take '' <"$work/filed"
  own=$(best "${in_process[@]}")
  figure filing.mb_per_s.best "$(calculate "$corpus_bytes / $own")"
  figure filing.mb_per_s.median "$(calculate "$corpus_bytes / $(median "${in_process[@]}")")"
  for name in "${contestants[@]}"; do
    # The lists are words on purpose.
    # shellcheck disable=SC2086
    figure "$name.written_mb_per_s" "$(calculate "$corpus_bytes / $(best ${written[$name]})")"
    # shellcheck disable=SC2086
    figure "$name.durable_mb_per_s" "$(calculate "$corpus_bytes / $(best ${durable[$name]})")"
    # shellcheck disable=SC2086
    figure "$name.durable_median_mb_per_s" \
      "$(calculate "$corpus_bytes / $(median ${durable[$name]})")"
    [[ $name == casevault ]] && continue
    figure "ratio.$name.written" \
      "$(calculate "${figures[filing.mb_per_s.best]} / ${figures[$name.written_mb_per_s]}")"
    figure "ratio.$name.durable" \
      "$(calculate "${figures[filing.mb_per_s.best]} / ${figures[$name.durable_mb_per_s]}")"
  done
  stored=$(find "$vault/vault" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  figure overhead.vault_percent "$(calculate "($stored / $corpus_bytes - 1) * 100")"
  say "verifying what was filed"
  take '' < <("$benchmark" check "$vault")
}
