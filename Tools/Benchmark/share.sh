# Part of Tools/bench: a vault on a share that answers slowly, through the agent.

# Mounts the vault of many cases where each question waits, and measures an adviser's day.
measure_share() {
  local step
  [[ -n $slow ]] || return 0
  say "a share that answers in $slow ms"
  cc -O2 Tools/Benchmark/slowshare.c -o "$work/slowshare" $(pkg-config --cflags --libs fuse3)
  mkdir "$work/share"
  "$work/slowshare" "$slow" "$disk/many/vault" "$work/share" -f 2>"$work/questions" &
  share=$!
  until mountpoint -q "$work/share"; do sleep 0.05; done
  unlocked=$disk/many seen_at=$work/share
  # Warm: this computer has unlocked, listed and shown here before.
  unlock "$unlocked" "$seen_at"
  for step in "case list" "case show $many_reference"; do quietly ask $step; done
  lock
  share_step unlock share_unlock
  unlock "$unlocked" "$seen_at"
  share_step list quietly ask case list
  share_step show quietly ask case show "$many_reference"
  share_step note add_note "$many_reference"
  # When the agent has not looked for others' work for three seconds.
  pause=3.2
  share_step list_later quietly ask case list
  share_step show_later quietly ask case show "$many_reference"
  share_step note_later add_note "$many_reference"
  lock
  fusermount3 -u "$work/share"
  wait "$share" || true
}

share_unlock() { unlock "$unlocked" "$seen_at"; }

# Measures a step several times, with the questions that were asked until it ended.
share_step() {
  local name=$1 times=() questions=()
  shift
  for ((try = 0; try < tries; try++)); do
    [[ $name != unlock ]] || lock || true
    # What follows an answer is not the next one's.
    sleep "${pause:-0.6}"
    count_questions >/dev/null
    timed "$@"
    questions+=("$(count_questions)")
    times+=("$(calculate "$took / 1000")")
  done
  [[ $name != unlock ]] || lock
  both "share.$name" "${times[@]}"
  figure "share.$name.questions" "$(median "${questions[@]}")"
}

# The questions that the share was asked since the last time.
count_questions() {
  local before after
  before=$(wc -l <"$work/questions")
  kill -USR1 "$share"
  until after=$(wc -l <"$work/questions") && ((after > before)); do sleep 0.005; done
  sed -n "$((before + 1)),\$p" "$work/questions" | awk '{ sum += $NF } END { print sum }'
}
