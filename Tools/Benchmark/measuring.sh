# Part of Tools/bench: what is measured through the product itself.

declare -A figures=()
names=()

figure() {
  [[ -v figures[$1] ]] || names+=("$1")
  figures[$1]=$2
}

# Takes the lines of a name and a number that the benchmark program prints.
take() {
  local name value
  while read -r name value; do figure "$1$name" "$value"; done
}

calculate() { awk "BEGIN { printf \"%.4f\", $* }"; }
best() { printf '%s\n' "$@" | sort -g | head -n 1; }
median() { printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"; }

# Runs a command and sets `took`, in microseconds; fails where it does.
timed() {
  local status=0 start=${EPOCHREALTIME/./}
  "$@" || status=$?
  took=$((${EPOCHREALTIME/./} - start))
  return $status
}

# Waits up to `patience` seconds for a second in which nobody else runs, and
# counts the times when none came.
wait_for_quiet() {
  local quiet=0 until=$((SECONDS + patience)) running
  while ((quiet < 5)); do
    read -r _ _ _ running _ </proc/loadavg
    # One of them is this shell.
    ((quiet = ${running%%/*} <= 1 ? quiet + 1 : 0)) || true
    ((SECONDS < until)) || { noisy=$((noisy + 1)); return 0; }
    sleep 0.2
  done
}
noisy=0

measure_sealing() {
  wait_for_quiet
  say "sealing and opening"
  take '' < <(taskset -c 0 "$benchmark" seal "$memory/seal" "$sealed" "$tries")
}

# Runs the program on a vault of ours.
run() {
  local vault=$1
  shift
  CASEVAULT_HOME=$vault/home "$casevault" "$@" --vault "$vault/vault" --quiet \
    --passphrase-fd 3 3<"$work/passphrase" >/dev/null 2>&1
}

# One derivation as the program does it; prints milliseconds.
derivation() { "$benchmark" derive 1 "$1" | awk '/best/ { print $2 }'; }

# Founds a vault; prints the reference of a case.
found() { "$benchmark" found "$@" | awk '/^reference/ { print $2 }'; }

# Measures a whole process beside a derivation, in turns, and reports the rest.
beside_derivation() {
  local name=$1 cost=$2 processes=() derivations=() rests=() derived
  shift 2
  for ((try = 0; try < tries; try++)); do
    derived=$(derivation "$cost")
    timed run "$@"
    processes+=("$(calculate "$took / 1000")")
    derivations+=("$derived")
    rests+=("$(calculate "$took / 1000 - $derived")")
  done
  figure "$name.process_ms.best" "$(best "${processes[@]}")"
  figure "$name.derivation_ms.best" "$(best "${derivations[@]}")"
  figure "$name.rest_ms.best" "$(calculate "$(best "${processes[@]}") - $(best "${derivations[@]}")")"
  figure "$name.rest_ms.median" "$(median "${rests[@]}")"
}

# What several parts use.
prepare() {
  printf 'correct horse battery staple' >"$work/passphrase"
  printf 'They called about the deposit.\n%.0s' {1..40} >"$work/note"
  prepare_age
}

measure_notes() {
  local reference count cost
  for count in 1 "$few"; do
    for cost in moderate cheap; do
      wait_for_quiet
      say "one note, into a vault of $count cases, $cost key"
      reference=$(found "$disk/note-$count-$cost" "$count" 17 "$cost")
      beside_derivation "note.$([[ $count == 1 ]] && echo one || echo many).$cost" "$cost" \
        "$disk/note-$count-$cost" note add "$reference" "$work/note"
    done
  done
}

measure_listing() {
  local reference vault=$disk/many
  say "a vault of $many cases"
  reference=$(found "$vault" "$many" 17 cheap)
  many_reference=$reference
  figure listing.cases "$many"
  beside_derivation listing.list cheap "$vault" case list
  beside_derivation listing.find cheap "$vault" case find "Number$((many / 2))"
  beside_derivation listing.show cheap "$vault" case show "$reference"
}

measure_scans() {
  local times path bytes=0 total=0 refused=0 count=0 milliseconds=()
  [[ -d $scans ]] || { say "no scans at $scans: not decoding any"; return; }
  say "decoding scans"
  for path in "$scans"/*; do
    times=()
    for ((try = 0; try < (tries + 2) / 3; try++)); do
      timed decode "$path" || { refused=$((refused + 1)); continue 2; }
      times+=("$took")
    done
    count=$((count + 1)) total=$((total + $(best "${times[@]}")))
    bytes=$((bytes + $(stat -c %s "$path")))
    milliseconds+=("$(calculate "$(best "${times[@]}") / 1000")")
  done
  figure scans.refused "$refused"
  figure scans.decoded "$count"
  ((count)) || return 0
  figure scans.mb_per_s "$(calculate "$bytes / $total")"
  figure scans.ms.mean "$(calculate "$total / $count / 1000")"
  figure scans.ms.median "$(median "${milliseconds[@]}")"
}

decode() { "$intake" scan <"$1" >/dev/null 2>&1; }
