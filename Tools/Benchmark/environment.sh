# Part of Tools/bench: what is needed, the build, the folder to work in.

# Installs what is missing, with the setup script where it knows how.
install_missing() {
  local missing=() needed=(age:age gocryptfs:gocryptfs fusermount3:fuse3
    mkfs.ext4:e2fsprogs taskset:util-linux)
  if wanted mount; then needed+=(securefs:securefs cryfs:cryfs fio:fio); fi
  for pair in "${needed[@]}"; do
    PATH=$PATH:/usr/sbin type -P "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [[ -z $slow ]] || pkg-config --exists fuse3 || missing+=(libfuse3-dev)
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  if [[ -x Tools/setup ]] && grep -q -- --bench Tools/setup; then
    Tools/setup --bench >&2
  else
    local sudo=()
    ((EUID == 0)) || sudo=(sudo)
    "${sudo[@]}" apt-get update -q >&2
    "${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
  fi
}

build() {
  say "building for release"
  for product in casevault casevault-intake; do
    swift build -c release --scratch-path "$scratch" --product "$product" >&2
  done
  swift build -c release --package-path Tools/Benchmark --scratch-path "$scratch/benchmark" >&2
  casevault=$(realpath "$scratch/release/casevault")
  intake=$(realpath "$scratch/release/casevault-intake")
  benchmark=$(realpath "$scratch/benchmark/release/benchmark")
}

# Sets `work` (everything), `disk` (a folder on a file system with a journal)
# and `memory` (one on tmpfs).
make_work_folder() {
  work=$(mktemp -d "${image:-$base}/casevault-bench-XXXXXX")
  memory=$(mktemp -d "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$work")/casevault-bench-XXXXXX")
  disk=$work/disk
  mkdir "$disk"
  trap clean_up EXIT
  place="the work folder itself"
  case $image:$(stat -f -c %T "$work") in
    :ext2/ext3 | :xfs) ;;
    *) ((EUID != 0)) && say "no root, no image: working on $(stat -f -c %T "$work")" || make_image ;;
  esac
  type=$(findmnt -n -o FSTYPE -T "$disk")
}

make_image() {
  place="an image on $(findmnt -n -o FSTYPE -T "$work") through a loop device"
  fallocate -l "$image_size" "$work/image" || truncate -s "$image_size" "$work/image"
  PATH=$PATH:/usr/sbin mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$work/image"
  mount -o loop "$work/image" "$disk"
}

clean_up() {
  set +e
  [[ -n ${unlocked:-} ]] && lock
  leave_all_mounts || { say "remove $work by hand"; return; }
  mountpoint -q "$work/share" && fusermount3 -u "$work/share"
  [[ -n ${mounted:-} ]] && fusermount3 -u "$mounted"
  mountpoint -q "$disk" && umount "$disk"
  # Nothing below a mount that would not go is ever removed.
  mountpoint -q "$work/share" && { say "$work/share is still mounted; remove $work by hand"; return; }
  mountpoint -q "$disk" && { say "$disk is still mounted; remove $work by hand"; return; }
  rm -rf --one-file-system "$work" "$memory"
}
