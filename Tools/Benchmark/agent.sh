# Part of Tools/bench: commands that speak with an unlocked agent, and the access log.

# Unlocks a vault of ours; its folder may be shown elsewhere.
unlock() {
  CASEVAULT_HOME=$1/home "$casevault" unlock --vault "${2:-$1/vault}" --quiet \
    --passphrase-fd 3 3<"$work/passphrase" >/dev/null 2>&1
}

# Runs a command through the agent of the vault last unlocked.
ask() { CASEVAULT_HOME=$unlocked/home CASEVAULT_VAULT=$seen_at "$casevault" "$@"; }
quietly() { "$@" </dev/null >/dev/null 2>&1; }
add_note() { ask note add "$1" "$work/note" >/dev/null 2>&1; }

lock() { quietly ask lock; }

measure_agent() {
  local times=() rests=() derived rest reference record
  unlocked=$disk/many seen_at=$disk/many/vault
  for ((try = 0; try < tries; try++)); do
    wait_for_quiet
    derived=$(derivation cheap)
    timed unlock "$unlocked"
    times+=("$(calculate "$took / 1000")")
    rests+=("$(calculate "$took / 1000 - $derived")")
    lock
  done
  figure agent.unlock_ms.best "$(best "${times[@]}")"
  figure agent.unlock_rest_ms.best "$(best "${rests[@]}")"
  figure agent.unlock_rest_ms.median "$(median "${rests[@]}")"

  unlock "$unlocked"
  reference=$many_reference
  record=$(ask case show "$reference" --quiet | sed -n 4p)
  age -r "$recipient" -o "$work/note.age" "$work/note"
  wait_for_quiet
  # In turns, so that what else goes on here slows both.
  agent_get=() age_get=() agent_list=() agent_show=()
  for ((try = 0; try < 5 * tries; try++)); do
    timed quietly ask get "$reference" "$record"; agent_get+=("$(calculate "$took / 1000")")
    timed quietly age -d -i "$work/age-key" "$work/note.age"; age_get+=("$(calculate "$took / 1000")")
    timed quietly ask case show "$reference"; agent_show+=("$(calculate "$took / 1000")")
    timed quietly ask case list; agent_list+=("$(calculate "$took / 1000")")
  done
  both agent.get "${agent_get[@]}"
  both agent.age "${age_get[@]}"
  both agent.show "${agent_show[@]}"
  both agent.list "${agent_list[@]}"
  quietly ask case find "Number$((many / 2))"
  measure_memory
  lock
}

# The best and the median of milliseconds.
both() {
  local name=$1
  shift
  figure "$name.ms.best" "$(best "$@")"
  figure "$name.ms.median" "$(median "$@")"
}

measure_memory() {
  local process kilobytes
  process=$(ask status --json | sed -n 's/.*"process":\([0-9]*\).*/\1/p')
  kilobytes=$(awk '/^VmRSS/ { print $2 }' "/proc/$process/status")
  figure agent.memory_mb "$(calculate "$kilobytes / 1000")"
}

measure_log() {
  wait_for_quiet
  say "the access log"
  take '' < <("$benchmark" log "$disk/log" "$log_entries" "$tries")
}
