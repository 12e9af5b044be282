# Part of Tools/bench: the mount, beside mounts of gocryptfs, securefs and cryfs and a
# plain folder, on the same file system in the same run.
#
# A contestant is three functions, on the folder `store` and the mount point `point`:
# X_prepare CASES makes an empty store (casevault's has so many cases), X_mount shows it,
# X_unmount returns when it is gone and with it every process that knew something of it.

mount_contestants=(casevault gocryptfs securefs cryfs plain)
# What is measured, in the order of the report, and in what.
mount_steps=(write:MB/s write_durable:MB/s read_cold:MB/s read_warm:MB/s
  random_cold:reads/s random_few_cold:reads/s
  in:MB/s in_durable:MB/s out_cold:MB/s out_warm:MB/s
  find_cold:ms find_warm:ms ls_cold:ms ls_warm:ms cat_cold:ms cat_warm:ms)

measure_mount() {
  local round turn
  if [[ $quick == yes ]]; then
    big=16 few_reads=200 cats=5 cold_cats=2
  else
    big=512 few_reads=2000 cats=50 cold_cats=5
  fi
  stores=$disk/mount points=$(realpath "$work")/points
  mkdir "$stores" "$points"
  [[ -w /proc/sys/vm/drop_caches ]] || say "no right to drop caches: nothing is measured cold"
  choose_mounts
  make_mount_sources
  for ((round = 0; round < rounds; round++)); do
    for ((turn = 0; turn < ${#mount_contestants[@]}; turn++)); do
      in_turn "$round" "$turn" "files through the mount" measure_mounted_files
    done
  done
  fill_mounts
  for ((round = 0; round < rounds; round++)); do
    for ((turn = 0; turn < ${#mount_contestants[@]}; turn++)); do
      in_turn "$round" "$turn" "listing the mount" measure_mounted_listing
    done
  done
  report_mount
  rm -rf --one-file-system "$stores" "${memory:?}"/*
}

# Another contestant begins each round.
in_turn() {
  local contestant=${mount_contestants[($1 + $2) % ${#mount_contestants[@]}]}
  say "$3, round $(($1 + 1)): $contestant"
  wait_for_quiet
  "$4" "$contestant" || say "$contestant: left out of this round: $(tail -n 1 "$work/served")"
  # Whatever went wrong, the next one does not pay for it.
  leave "$contestant" || { say "$point does not go"; exit 1; }
}

## The contestants

casevault_prepare() { found "$store" "$1" 1 cheap >/dev/null; }

casevault_mount() {
  unlocked=$store seen_at=$store/vault
  ask mount "$point" --passphrase-fd 3 3<"$work/passphrase" </dev/null >/dev/null 2>"$work/served"
}

# The agent goes too: it would remember what it has read.
casevault_unmount() { ask unmount "$point" </dev/null >/dev/null 2>"$work/served" && lock; }

# As in the filing, with the cheapest key: how long a mount takes is not measured.
gocryptfs_prepare() {
  mkdir "$store"
  gocryptfs -init -q -scryptn 10 -passfile "$work/passphrase" "$store" >/dev/null 2>"$work/served"
}
gocryptfs_mount() { serve gocryptfs -fg -q -nosyslog -passfile "$work/passphrase" "$store" "$point"; }
gocryptfs_unmount() { end_serving; }

securefs_prepare() {
  mkdir "$store"
  securefs create -r 1 --pass "$(<"$work/passphrase")" "$store" >/dev/null 2>"$work/served"
}
securefs_mount() { serve securefs mount --pass "$(<"$work/passphrase")" "$store" "$point"; }
securefs_unmount() { end_serving; }

# It makes its store when it first mounts one.
cryfs_prepare() { mkdir "$store"; }
cryfs_mount() {
  CRYFS_FRONTEND=noninteractive CRYFS_NO_UPDATE_CHECK=true CRYFS_LOCAL_STATE_DIR=$work/cryfs \
    serve cryfs -f "$store" "$point"
}
cryfs_unmount() { end_serving; }

plain_prepare() { mkdir "$store"; }
plain_mount() { point=$store; }
plain_unmount() { :; }

## Mounting

# The processes that serve a mount point, by mount point: all are children of ours.
declare -A served=()

# Starts a file system in the foreground, and waits until it is mounted.
serve() {
  local try process
  "$@" <"$work/passphrase" >"$work/served" 2>&1 &
  process=$!
  served[$point]=$process
  for ((try = 0; try < 1200; try++)); do
    if is_mounted "$point"; then return 0; fi
    kill -0 "$process" 2>/dev/null || break
    sleep 0.1
  done
  kill "$process" 2>/dev/null
  wait "$process"
  unset "served[$point]"
  return 1
}

end_serving() {
  let_go "$point" || return 1
  [[ -v served[$point] ]] || return 0
  wait "${served[$point]}" || true
  unset "served[$point]"
}

# Unmounts a mount point, were it busy for a moment.
let_go() {
  local try
  for ((try = 0; try < 100; try++)); do
    is_mounted "$1" || return 0
    fusermount3 -u "$1" 2>/dev/null || sleep 0.1
  done
  ! is_mounted "$1"
}

# Also where the process behind it is gone, when every other question fails.
is_mounted() { grep -qF " ${1// /\\040} " /proc/self/mountinfo; }

# Shows the store of a contestant.
enter() {
  store=$stores/$1 point=$points/$1
  mkdir -p "$point"
  "$1_mount" && { [[ $point == "$store" ]] || is_mounted "$point"; }
}

# The store of a contestant is no longer shown.
leave() {
  store=$stores/$1 point=$points/$1
  case $1 in
    plain) return 0 ;;
    casevault)
      [[ ${unlocked:-} == "$store" ]] || return 0
      # An agent that was asked for a mount in vain is there all the same.
      casevault_unmount || lock || true ;;
    *) "$1_unmount" || true ;;
  esac
  let_go "$point"
}

# What was written is on the disk, the store is mounted anew, and nothing is in a cache
# but the programs that measure.
make_cold() {
  "$1_unmount" && drop_caches && enter "$1" && drop_caches || return 1
  { for program in cat cp dd fio find ls; do "$program" --version; done; } >/dev/null
}

drop_caches() {
  sync
  echo 3 2>/dev/null >/proc/sys/vm/drop_caches
}

# Called at the end, whatever happened; false when something is still mounted.
leave_all_mounts() {
  local mine child path free=0
  # A program that still copies would keep its mount busy.
  mine=" ${served[*]} ${share:-} "
  if [[ -n ${points:-} ]] && read -ra children <"/proc/$$/task/$$/children"; then
    for child in "${children[@]}"; do
      [[ $mine == *" $child "* ]] || kill "$child" 2>/dev/null
    done
  fi
  for path in "${points:-/nonexistent}"/*; do
    let_go "$path"
    # One that has not mounted yet must not do so any more.
    [[ -v served[$path] ]] && { kill "${served[$path]}" 2>/dev/null; wait "${served[$path]}"; }
    if is_mounted "$path"; then say "$path is still mounted"; free=1; fi
  done
  return $free
}

# Leaves out who does not run here.
choose_mounts() {
  local name running=()
  for name in "${mount_contestants[@]}"; do
    store=$stores/$name point=$points/$name
    if runs_here "$name"; then running+=("$name"); else
      say "the mount of $name does not run here: left out ($(tail -n 1 "$work/served"))"
    fi
    leave "$name" || { say "$point does not go"; exit 1; }
    discard "$name"
  done
  mount_contestants=("${running[@]}")
}

runs_here() {
  echo "no such program or command" >"$work/served"
  case $1 in
    plain) return 0 ;;
    casevault) "$casevault" mount --help 2>&1 | grep -q '^USAGE: casevault mount' || return 1 ;;
    *) type -P "$1" >/dev/null || return 1 ;;
  esac
  "$1_prepare" 1 && enter "$1" && ls "$point" >/dev/null 2>"$work/served" && "$1_unmount"
}

# Its store is removed; never below a live mount.
discard() {
  if is_mounted "$points/$1"; then return 1; fi
  rm -rf --one-file-system "${stores:?}/$1" "$work/cryfs"
}

## What is written and read

# In memory, so that reading it costs nobody anything: one big file, and the cases.
make_mount_sources() {
  local case path
  head -c "${big}M" /dev/urandom >"$memory/big"
  mkdir "$memory/corpus" "$memory/cases"
  say "making the case files of $cases cases"
  "$benchmark" corpus "$memory/corpus" "$cases"
  for case in "$memory"/corpus/*; do
    mkdir -p "$memory/cases/${case##*/}"/{Notes,Correspondence,Scans}
    for path in "$case"/*; do
      case ${path##*/} in
        mail-*) mv "$path" "$memory/cases/${case##*/}/Correspondence/${path##*/}.eml" ;;
        scan-*) mv "$path" "$memory/cases/${case##*/}/Scans/${path##*/}.pdf" ;;
        *) mv "$path" "$memory/cases/${case##*/}/Notes/${path##*/}.txt" ;;
      esac
    done
  done
  rm -r "$memory/corpus"
  cases_bytes=$(find "$memory/cases" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  cases_content=$(contents "$memory/cases")
  figure mount.big_mb "$(calculate "$big * 1.048576")"
  figure mount.cases "$cases"
  figure mount.bytes "$cases_bytes"
  figure mount.files "$(find "$memory/cases" -type f | wc -l)"
}

# The contents of a tree, whatever its folders are called. A summary is nobody's file.
contents() {
  find "$1" -type f ! -name Summary.html -exec sha256sum {} + | cut -c 1-64 | sort | sha256sum
}

# All that is copied to and from one contestant, in a new store.
measure_mounted_files() {
  local name=$1 written ways=(write write_durable)
  discard "$name" || return 1
  store=$stores/$name point=$points/$name
  "${name}_prepare" 1 && enter "$name" && mkdir -p "$point/Open/Big file/Scans" || return 1
  # An empty store is no better for one of them than for the other.
  ((round % 2 == 0)) || ways=(write_durable write)
  sync
  try_to "${ways[0]}" "$name" "big_${ways[0]}" first
  remove_big "$name" first
  try_to "${ways[1]}" "$name" "big_${ways[1]}" second
  # What is not whole is not worth reading.
  [[ -n $lasted ]] || return 1
  if may_drop; then
    make_cold "$name" || return 1
    from_disk "$name" try_to read_cold "$name" read_big
  fi
  try_to read_warm "$name" read_big
  cmp -s "$memory/big" "$(big_folder)/second.bin" || disqualify "$name" "the big file" read_cold read_warm
  if may_drop; then
    make_cold "$name" || return 1
    read_randomly random_few_cold "$name" "$few_reads"
    make_cold "$name" || return 1
    from_disk "$name" read_randomly random_cold "$name" $((big * 256))
  fi
  remove_big "$name" second
  try_to in "$name" copy_in
  if [[ -n $lasted ]]; then
    written=$lasted
    timed sync_store
    keep in_durable "$name" $((written + took))
  fi
  if may_drop; then
    make_cold "$name" || return 1
    copy_out_by out_cold "$name"
  fi
  copy_out_by out_warm "$name"
  leave "$name" && discard "$name"
}

# Who gives back something else is not compared.
disqualify() {
  local what
  say "$1: $2 CAME BACK CHANGED"
  for what in "${@:3}"; do unset "mount_times[$what.$1]"; done
}

may_drop() { [[ -w /proc/sys/vm/drop_caches ]]; }

big_write() { dd if="$memory/big" of="$(big_folder)/$1.bin" bs=1M status=none; }
big_write_durable() {
  dd if="$memory/big" of="$(big_folder)/$1.bin" bs=1M conv=fsync status=none && sync -f "$disk"
}
read_big() { dd if="$(big_folder)/second.bin" of=/dev/null bs=1M status=none; }
# Who refers to a case by more than the name that was typed, lists it so.
big_folder() { printf '%s' "$point"/Open/*"Big file"/Scans; }

remove_big() {
  rm "$(big_folder)/$2.bin" 2>"$work/refused" || say "$1: rm failed: $(head -n 1 "$work/refused")"
  sync
}

copy_in() { cp -r "$memory/cases/." "$point/Open/"; }
copy_out() { cp -r "$point"/Open/*case-* "$memory/out/"; }

# cryfs keeps what it was given for up to a second more, which is not counted.
sync_store() { sync -f "$point" && sync -f "$disk"; }

copy_out_by() {
  mkdir "$memory/out"
  try_to "$1" "$2" copy_out
  [[ -z $lasted || $(contents "$memory/out") == "$cases_content" ]] ||
    disqualify "$2" "a file of a case" out_cold out_warm
  rm -rf "$memory/out"
}

# Reads of 4 KiB, each block at most once; fio counts from the open file on.
read_randomly() {
  local what=$1 name=$2 count=$3 rate
  rate=$(fio --name=mount --filename="$(big_folder)/second.bin" --readonly --allow_file_create=0 \
    --rw=randread --bs=4k --size="${big}m" --io_size="$((count * 4))k" --ioengine=psync --direct=0 \
    --invalidate=1 --output-format=json 2>"$work/refused" |
    awk '$1 == "\"iops\"" && !rate { rate = $3 + 0 } END { print rate + 0 }') || rate=0
  if [[ $rate == 0 ]]; then say "$name: $what failed: $(head -n 1 "$work/refused")"; else
    keep "$what" "$name" "$(calculate "$count / $rate * 1e6")"
  fi
}

# Runs what reads the whole big file, and says so when it came from a cache.
from_disk() {
  local name=$1 counter before after
  counter=/sys/dev/block/$(findmnt -n -r -o MAJ:MIN -T "$disk")/stat
  shift
  [[ -r $counter ]] || { say "no counter of what $disk reads"; "$@"; return; }
  before=$(awk '{ print $3 }' "$counter")
  "$@"
  after=$(awk '{ print $3 }' "$counter")
  # Sectors are of 512 bytes, wherever.
  (((after - before) * 512 * 10 >= big * 1048576 * 9)) && return
  say "$name: only $(((after - before) / 2048)) of $big MiB came from the disk: not quite cold"
  lukewarm=$((lukewarm + 1))
}
lukewarm=0

## Listing

# A vault of many cases, and what its mount shows in the store of every other contestant.
fill_mounts() {
  local name here=()
  mkdir "$memory/tree"
  for name in "${mount_contestants[@]}"; do
    say "$many cases for $name"
    discard "$name"
    store=$stores/$name point=$points/$name
    "${name}_prepare" "$many" && enter "$name" || { say "$name: left out of listing"; continue; }
    if [[ $name == casevault ]]; then
      cp -r "$point/." "$memory/tree/"
    else
      [[ -d $memory/tree/Open ]] || make_tree "$memory/tree"
      cp -r "$memory/tree/." "$point/"
    fi
    here+=("$name")
    leave "$name" || { say "$point does not go"; exit 1; }
  done
  mount_contestants=("${here[@]}")
  listed=$(find "$memory/tree" | wc -l)
  figure mount.listed_cases "$many"
  figure mount.listed "$listed"
  note=$(cd "$memory/tree" && find . -path '*/Notes/*' -type f | sort | sed -n "$(((many + 1) / 2))p")
}

# What the mount would show, were there one: a case has one note, and its summary.
make_tree() {
  local number case
  mkdir -p "$1/Open" "$1/Closed"
  for ((number = 0; number < many; number++)); do
    printf -v case '%s/Open/%04d-XXXX Client Number%d' "$1" "$number" "$number"
    mkdir -p "$case"/{Notes,Correspondence,Scans}
    printf 'They called.\n' >"$case/Notes/Note 0.txt"
    cp "$work/note" "$case/Summary.html"
  done
}

measure_mounted_listing() {
  local name=$1 count try
  enter "$name" || return 1
  if may_drop; then
    make_cold "$name" || return 1
    try_to find_cold "$name" find_all
  fi
  try_to find_warm "$name" find_all
  count=$(find "$point" | wc -l)
  ((count == listed)) || say "$name lists $count files and folders, not $listed"
  if may_drop; then
    make_cold "$name" || return 1
    try_to ls_cold "$name" list_all
  fi
  try_to ls_warm "$name" list_all
  some_times=()
  if may_drop; then
    for ((try = 0; try < cold_cats; try++)); do
      make_cold "$name" || return 1
      try_once "$name"
    done
    keep_median cat_cold "$name"
  fi
  for ((try = 0; try < cats; try++)); do try_once "$name"; done
  keep_median cat_warm "$name"
  leave "$name"
}

find_all() { find "$point" >/dev/null; }
list_all() { ls -lR "$point" >/dev/null; }
read_note() { cat "$point/$note" >/dev/null; }

try_once() {
  if timed read_note 2>"$work/refused"; then some_times+=("$took"); else
    say "$1: cat failed: $(head -n 1 "$work/refused")"
  fi
}

keep_median() {
  ((${#some_times[@]})) && keep "$1" "$2" "$(median "${some_times[@]}")"
  some_times=()
}

## Keeping and reporting

# Microseconds, a list of words by what was done and by whom.
declare -A mount_times=()
keep() { mount_times[$1.$2]+=" $3"; }

# Does something, keeps how long it took, also in `lasted`, and says when it failed.
try_to() {
  local what=$1 name=$2
  shift 2
  lasted=
  if timed "$@" 2>"$work/refused"; then
    keep "$what" "$name" "$took"
    lasted=$took
  else
    say "$name: $what failed: $(head -n 1 "$work/refused")"
  fi
}

report_mount() {
  local step what unit name
  figure mount.lukewarm "$lukewarm"
  for step in "${mount_steps[@]}"; do
    IFS=: read -r what unit <<<"$step"
    for name in "${mount_contestants[@]}"; do
      [[ -v mount_times[$what.$name] ]] || continue
      # The lists are words on purpose.
      # shellcheck disable=SC2086
      figure "mount.$what.$name.best" "$(as_figure "$what" "$unit" "$(best ${mount_times[$what.$name]})")"
      # shellcheck disable=SC2086
      figure "mount.$what.$name.median" "$(as_figure "$what" "$unit" "$(median ${mount_times[$what.$name]})")"
    done
    for name in "${mount_contestants[@]}"; do
      [[ $name != casevault && -v mount_times[$what.casevault] && -v mount_times[$what.$name] ]] || continue
      # shellcheck disable=SC2086
      figure "mount.ratio.$what.$name" "$(calculate \
        "$(best ${mount_times[$what.$name]}) / $(best ${mount_times[$what.casevault]})")"
    done
  done
}

# Microseconds in the unit of the report.
as_figure() {
  local amount
  case $1 in
    in* | out*) amount=$cases_bytes ;;
    random_few*) amount=$((few_reads * 1000000)) ;;
    random*) amount=$((big * 256 * 1000000)) ;;
    *) amount=$((big * 1048576)) ;;
  esac
  if [[ $2 == ms ]]; then calculate "$3 / 1000"; else calculate "$amount / $3"; fi
}
