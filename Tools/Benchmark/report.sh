# Part of Tools/bench: the figures, for people and for programs.

machine() {
  processor=$(awk -F': *' '/model name/ { print $2; exit }' /proc/cpuinfo)
  cores=$(nproc)
  memory_mb=$(awk '/MemTotal/ { printf "%d", $2 / 1000 }' /proc/meminfo)
  load=$(cut -d ' ' -f 1-3 /proc/loadavg)
  priority="$(chrt -p $$ | awk -F ': ' '/policy/ { print $2 }'), nice $(nice)"
  system=$(. /etc/os-release && echo "$PRETTY_NAME, Linux $(uname -r)")
  sodium=$(dpkg-query -W -f '${Version}' libsodium23 2>/dev/null || echo unknown)
  tools="age $(age --version), $(gocryptfs --version | head -n 1 | cut -d ';' -f 1)"
  if wanted mount; then tools+=", $(versions securefs cryfs fio)"; fi
  revision=$(git -C "$here" describe --always --dirty 2>/dev/null || echo unknown)
}

# Of packages, by name; not all of their programs know their own.
versions() {
  local package
  for package in "$@"; do
    printf '%s %s\n' "$package" "$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null || echo unknown)"
  done | paste -s -d , | sed 's/,/, /g'
}

print_json() {
  local name comma=''
  machine
  printf '{"quick":%s,' "$([[ $quick == yes ]] && echo true || echo false)"
  printf '"machine":{"processor":"%s","cores":%d,"memory_mb":%d,"system":"%s",' \
    "$processor" "$cores" "$memory_mb" "$system"
  printf '"file_system":"%s","on":"%s","load":"%s","began_noisy":%d,"priority":"%s",' \
    "$type" "$place" "$load" "$noisy" "$priority"
  printf '"libsodium":"%s","tools":"%s","revision":"%s"},"figures":{' \
    "$sodium" "$tools" "$revision"
  for name in "${names[@]}"; do
    printf '%s"%s":%s' "$comma" "$name" "${figures[$name]}"
    comma=,
  done
  printf '}}\n'
}

# A line: words, then figures by name, each with as many decimals as it asks for.
row() {
  local label=$1 unit name decimals
  shift
  printf '  %-44s' "$label"
  while (($#)); do
    IFS=: read -r name decimals unit <<<"$1"
    [[ -v figures[$name] ]] && printf '%10.*f %-10s' "$decimals" "${figures[$name]}" "$unit"
    shift
  done
  printf '\n'
}

print_table() {
  machine
  [[ $quick == yes ]] && printf 'A quick run: these figures mean nothing.\n'
  cat <<END
$processor, $cores cores, $memory_mb MB; $system
libsodium $sodium; $tools; casevault $revision
load $load at the end; began in spite of others at work: $noisy times; $priority; $type, $place
MB are 10^6 bytes; "best" and "median" are of $tries tries, in filing and mounts of $rounds rounds.
END
  if wanted sealing; then print_sealing; fi
  if wanted notes; then print_notes; fi
  if wanted agent; then print_agent; fi
  if wanted log; then print_log; fi
  if wanted mount; then print_mount; fi
  if wanted filing; then print_filing; fi
  if wanted scans; then print_scans; fi
}

print_sealing() {
  cat <<END

Sealing and opening $sealed MB, one core, files on tmpfs        best       median
END
  row "casevault seals, into a file" seal.mb_per_s.best:0:MB/s seal.mb_per_s.median:0:MB/s
  row "libsodium alone, into memory" seal.sodium_mb_per_s.best:0:MB/s seal.sodium_mb_per_s.median:0:MB/s
  row "libsodium alone, into a file" seal.sodium_written_mb_per_s.best:0:MB/s seal.sodium_written_mb_per_s.median:0:MB/s
  row "casevault to libsodium: memory, file" seal.ratio:2: seal.ratio_written:2:
  row "casevault opens, from a file" open.mb_per_s.best:0:MB/s open.mb_per_s.median:0:MB/s
  row "libsodium alone, from memory" open.sodium_mb_per_s.best:0:MB/s open.sodium_mb_per_s.median:0:MB/s
  row "libsodium alone, from a file" open.sodium_read_mb_per_s.best:0:MB/s open.sodium_read_mb_per_s.median:0:MB/s
  row "casevault to libsodium: memory, file" open.ratio:2: open.ratio_read:2:
}

less_derivation() {
  cat <<END

Whole processes, less one Argon2id measured beside each  rest, best   rest, median   process, best
END
}

print_notes() {
  less_derivation
  row "note add, 1 case, Argon2id moderate" {note.one.moderate.rest_ms.{best,median},note.one.moderate.process_ms.best}:1:ms
  row "note add, $few cases, Argon2id moderate" {note.many.moderate.rest_ms.{best,median},note.many.moderate.process_ms.best}:1:ms
  row "note add, 1 case, the cheapest Argon2id" {note.one.cheap.rest_ms.{best,median},note.one.cheap.process_ms.best}:1:ms
  row "note add, $few cases, the cheapest Argon2id" {note.many.cheap.rest_ms.{best,median},note.many.cheap.process_ms.best}:1:ms
}

print_agent() {
  local name
  less_derivation
  for name in list find show; do
    row "case $name, $many cases" {"listing.$name".rest_ms.{best,median},"listing.$name".process_ms.best}:1:ms
  done
  row "unlock, $many cases" {agent.unlock_rest_ms.{best,median},agent.unlock_ms.best}:1:ms
  cat <<END

Whole processes through the unlocked agent, $many cases          best       median
END
  row "get, a note, with its entry in the log" agent.get.ms.{best,median}:1:ms
  row "age -d of one such file" agent.age.ms.{best,median}:1:ms
  row "case show" agent.show.ms.{best,median}:1:ms
  row "case list" agent.list.ms.{best,median}:1:ms
  row "memory of the agent after list and find" agent.memory_mb:1:MB
  [[ -n $slow ]] || return 0
  cat <<END

The same on a share that answers in $slow ms, once warm          best       median     questions
"later": the agent has not looked for others' work for three seconds.
END
  print_step unlock "unlock"
  print_step list "case list"
  print_step list_later "case list, later"
  print_step show "case show"
  print_step show_later "case show, later"
  print_step note "note add"
  print_step note_later "note add, later"
}

print_step() { row "$2" "share.$1".ms.{best,median}:1:ms "share.$1.questions:0:"; }

print_log() {
  printf '\nThe access log, entries a second                              best       median\n'
  row "entered, of one case, within windows" log.window_entries_per_s:0:/s
  row "entered, each synced" log.synced_entries_per_s:0:/s
  row "verified, of ${figures[log.entries]%.*}" log.verified_entries_per_s.{best,median}:0:/s
}

print_mount() {
  local name step what unit
  cat <<END

Through mounts: one file of $big MiB; ${figures[mount.files]} files of $cases cases, $((cases_bytes / 1000000)) MB; a listing of $listed
files and folders of $many cases. Cold: mounted anew, all caches dropped. Durable: with a sync
of file and file system. Another order each round; the ratios are of the best.
END
  if ((lukewarm)); then printf 'Not quite cold: %d times.\n' "$lukewarm"; fi
  printf '  %-38s' ''
  for name in "${mount_contestants[@]}"; do printf '%12s' "$name"; done
  printf '\n'
  for step in "${mount_steps[@]}"; do
    IFS=: read -r what unit <<<"$step"
    mount_row "$(mount_words "$what"), $unit" "mount.$what." .best
    mount_row "$(printf '%38s' median)" "mount.$what." .median
    if [[ -v mount_times[$what.casevault] ]]; then
      mount_row "  casevault is so many times as fast" "mount.ratio.$what." ''
    fi
  done
}

# A line with a figure of each contestant, between two parts of its name.
mount_row() {
  local label=$1 before=$2 after=$3 name value
  printf '  %-38s' "$label"
  for name in "${mount_contestants[@]}"; do
    value=${figures[$before$name$after]:-}
    # Three digits that mean something.
    if [[ -n $value ]]; then value=$(awk -v v="$value" 'BEGIN { printf "%.*f", v < 10 ? 2 : v < 100 ? 1 : 0, v }'); fi
    printf '%12s' "$value"
  done
  printf '\n'
}

mount_words() {
  case $1 in
    write) echo "the big file written" ;;
    write_durable) echo "the same, durably" ;;
    read_cold) echo "read, cold" ;;
    read_warm) echo "read, warm" ;;
    random_cold) echo "each 4 KiB once, cold" ;;
    random_few_cold) echo "$few_reads times 4 KiB, cold" ;;
    in) echo "cp -r in" ;;
    in_durable) echo "the same, durably" ;;
    out_cold) echo "cp -r out, cold" ;;
    out_warm) echo "cp -r out, warm" ;;
    find_cold) echo "find, cold" ;;
    find_warm) echo "find, warm" ;;
    ls_cold) echo "ls -lR, cold" ;;
    ls_warm) echo "ls -lR, warm" ;;
    cat_cold) echo "cat of a note, median of $cold_cats, cold" ;;
    cat_warm) echo "cat of a note, median of $cats, warm" ;;
  esac
}

print_filing() {
  local name
  cat <<END

Filing ${figures[corpus.files]} files, $((corpus_bytes / 1000000)) MB, $cases cases
Source files in the cache, all others dropped and synced before each; another order each round.
casevault counts its syncs, not founding and key derivation; "durable" counts a sync of the
file system behind each.                                    written       durable      durable, median
END
  row "casevault, from the open identity" filing.mb_per_s.best:0:MB/s
  row "casevault, the whole process" casevault.written_mb_per_s:0:MB/s casevault.durable_mb_per_s:0:MB/s casevault.durable_median_mb_per_s:0:MB/s
  for name in "${contestants[@]:1}"; do
    row "$(shown "$name")" "$name.written_mb_per_s:0:MB/s" "$name.durable_mb_per_s:0:MB/s" "$name.durable_median_mb_per_s:0:MB/s"
    row "  casevault is so many times as fast" "ratio.$name.written:2:" "ratio.$name.durable:2:"
  done
  row "check --deep, in the cache" check.mb_per_s.best:0:MB/s
  printf '\nStored bytes above plain bytes\n'
  row "scans: on average, of their sum" overhead.scan_mean_percent:2:% overhead.scan_percent:2:%
  row "all records, the whole vault" overhead.record_percent:2:% overhead.vault_percent:2:%
}

print_scans() {
  [[ -v figures[scans.decoded] ]] || return 0
  printf '\nDecoding %d scans (%d refused), a process each\n' \
    "${figures[scans.decoded]}" "${figures[scans.refused]}"
  row "together; mean, median of each" scans.mb_per_s:2:MB/s scans.ms.mean:1:ms scans.ms.median:1:ms
}

shown() {
  case $1 in
    age) echo "age, a process a file" ;;
    gocryptfs) echo "cp -r into gocryptfs" ;;
    tar_age) echo "tar | age > one file" ;;
    cp) echo "cp -r, nothing sealed" ;;
  esac
}
