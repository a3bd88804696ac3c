#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Compares everything that two builds of min-btf print and write, byte for byte. Use it before and after a refactoring.
#
#     tests/tools/compare_builds.sh OLD NEW KERNELS OBJECTS
#
#     OLD, NEW  two min-btf programs
#     KERNELS   a tree like BTFHub's archive (*.btf.tar.xz, also *.btf); a few dozen kernels are enough
#     OBJECTS   a directory of BPF objects (*.o)
#
# Both programs run the same commands in two directories, with the same relative paths. After each command the script
# compares standard output, standard error, the exit status, and everything in out/: names, types, modes, link targets,
# contents, and times (except those of this run). Version strings are compared too. For each command that differs, the
# script prints the command and a short diff.
#
# Exit status: 0 no difference; 1 a difference, fewer than 100 successful commands, or an error; 2 wrong usage.
# Requires tar, xz, gzip, objcopy; as root also setpriv. Temporary files (about 1 GB for 16 kernels) are in TMPDIR.
set -euo pipefail
shopt -s nullglob
export LC_ALL=C
unset SOURCE_DATE_EPOCH
umask 022

fail() { echo "compare_builds.sh: error: $*" >&2; exit 1; }

# --- Inputs for both programs, in in/ ---

damage() {  # FILE COUNT DIRECTORY SUFFIX: makes copies of FILE, each with four bytes overwritten at another place
  local size place number
  size=$(stat -c %s "$1")
  mkdir -p "$3"
  for ((number = 1; number <= $2; ++number)); do
    place=$((size * number / ($2 + 1)))
    cp "$1" "$3/$number$4"
    printf '\377\177\377\001' | dd of="$3/$number$4" bs=1 seek=$place conv=notrunc status=none
  done
}

unpack_kernels() {  # from in/packed to in/raw
  local kernel directory
  while read -r kernel; do
    directory=in/raw/$(dirname "$kernel")
    mkdir -p "$directory"
    case $kernel in
      *.tar.xz) tar -xJf "in/packed/$kernel" --no-same-owner -C "$directory" ;;
      *) cp "in/packed/$kernel" "$directory" ;;
    esac
  done < <(cd in/packed/ && find . -type f \( -name '*.btf.tar.xz' -o -name '*.btf' \) -printf '%P\n' | sort)
}

choose_objects() {  # OBJECTS: fills in/objects and in/three, and copies one object to in/one.bpf.o
  local object chosen=()
  cp "$1"/*.o in/objects/
  for object in execsnoop opensnoop bindsnoop; do
    [ ! -e "in/objects/$object.bpf.o" ] || chosen+=("in/objects/$object.bpf.o")
  done
  [ ${#chosen[@]} = 3 ] || { chosen=(in/objects/*.o); chosen=("${chosen[@]:0:3}"); }
  cp "${chosen[@]}" in/three/
  cp "${chosen[0]}" in/one.bpf.o
  for object in in/objects/*.o; do
    ! "$old" inspect "$object" 2>&1 | grep -q 'no CO-RE relocations' || cp "$object" in/bad/no_relocations.bpf.o
  done
  [ -e in/bad/no_relocations.bpf.o ] ||
    echo "compare_builds.sh: every object has relocations: an object without relocations is not compared" >&2
}

make_inputs() {  # KERNELS OBJECTS
  local several
  mkdir -p in/{objects,three,raw} in/bad/{empty,text,mixed/a,twice,objects,loop/a}
  ln -s "$(realpath "$1")" in/packed
  choose_objects "$2"
  unpack_kernels
  mapfile -t packed < <(find in/packed/ -type f -name '*.btf*' | sort)
  mapfile -t raw < <(find in/raw -type f -printf '%s %p\n' | sort -n | cut -d' ' -f2-)
  [ ${#raw[@]} -ge 3 ] || fail "$1: fewer than three kernels"
  several=("${raw[@]:0:4}")
  cp "${raw[0]}" in/small.btf
  gzip -c in/small.btf >in/zipped.btf.gz
  objcopy --add-section .BTF=in/small.btf "$(type -P true)" in/vmlinux
  "$old" gen -q in/small.btf in/reduced.btf in/three
  "$old" gen -q in/raw in/reduced in/objects

  tar -cf in/many.tar -C in/packed/ .
  tar -C in/raw -cf - "${several[@]#in/raw/}" | xz -0 >in/several.tar.xz
  tar -cf in/nested.tar -C in several.tar.xz small.btf
  cp in/small.btf in/lone && tar -cJf in/5.4.0-1-lone.tar.xz -C in --transform s,lone,vmlinux, lone

  head -c 100000 in/small.btf >in/bad/short.btf
  head -c 10 in/small.btf >in/bad/header.btf
  head -c 300000 in/5.4.0-1-lone.tar.xz >in/bad/short.btf.tar.xz
  head -c 20000 in/several.tar.xz >in/bad/short_many.tar.xz
  tar -cf in/bad/outside.tar -C in --transform s,^,../,S small.btf reduced.btf
  : >in/bad/nothing_in_it
  echo 'no kernel, no object' | tee in/bad/{plain,plain.o,text/x.btf,mixed/a/b.btf} >in/bad/objects/t.o
  cp in/small.btf in/bad/mixed/c.btf && cp in/bad/short.btf in/bad/mixed/a/d.btf && cp in/reduced.btf in/bad/mixed/a/
  cp in/small.btf in/bad/twice/lone.btf && tar -cJf in/bad/twice/lone.btf.tar.xz -C in reduced.btf
  ln -s .. in/bad/loop/a/up && cp in/small.btf in/bad/loop/a/ && ln -s missing.btf in/bad/loop/dangling.btf
  head -c 3000 in/one.bpf.o >in/bad/short.bpf.o && cp in/bad/short.bpf.o in/one.bpf.o in/bad/objects/
  damage in/reduced.btf 40 in/bad/kernels .btf
  damage in/small.btf 5 in/bad/kernels _large.btf
  damage in/one.bpf.o 40 in/bad/damaged .bpf.o
}

sums() { find in/ -type f -print0 | sort -z | xargs -0 sha256sum; }

# --- One command ---

fresh() { chmod -R u+rwx out 2>/dev/null || true; rm -rf out; mkdir out; }

what_is_there() {  # lists out/; prints nothing if out/ is empty; a time of this run is printed as "now"
  local all=(out/* out/.[!.]*)
  [ ${#all[@]} != 0 ] || return 0
  find out -printf '%y %m %T@ %p %l\n' | awk -v start="$start" '$3 >= start { $3 = "now" } 1' | sort -k4
  find out -type f -print0 | sort -z | xargs -0r sha256sum
}

run() {  # COMMAND LINE, run by a shell
  local result status=0
  count=$((count + 1))
  result=results/$(printf %05d $count)
  printf '%s\n' "$1" >"$result.command"
  timeout 300 bash -o pipefail -c "$1" </dev/null >"$result.stdout" 2>"$result.stderr" || status=$?
  echo "$status" >"$result.status"
  what_is_there >"$result.out" 2>&1 || true
}

alone() { fresh; run "$1"; }                                     # runs it with an empty out/
both() { alone "min-btf $1"; alone "min-btf ${1/ / --json }"; }  # runs it for text and for JSON

# --- The commands ---

whole_trees() {  # TREE OBJECTS
  local option
  for option in '--json --manifest=out/m.json' -v --links=copy --dedupe=off --verify \
    --fail-on=poisoned,no-relocations; do
    alone "min-btf gen $option $1 out/tree $2"
  done
  run "min-btf gen --json --links=copy $1 out/tree $2"
  for option in -j1 -v --json; do run "min-btf verify $option $1 out/tree $2"; done
  fresh
  for option in -j1 -v --json --fail-on={fails,unguarded,poisoned,ambiguous,no-relocations}; do
    run "min-btf check $option $1 $2"
  done
}

packed_tree() {  # OBJECTS: decompression takes most of the time
  alone "min-btf gen -j1 --json --manifest=out/m.json in/packed out/tree $1"
  alone "min-btf gen -j2 -v --verify in/packed out/tree $1"
  run "min-btf verify -j2 in/packed out/tree $1"
  run "min-btf check -j2 in/packed $1"
}

each_object() {
  local object option
  for object in in/objects/*.o; do
    alone "min-btf gen --json --manifest=out/m.json in/raw out/tree $object"
    fresh
    for option in 'check --json in/raw' 'check in/raw' inspect 'inspect -v' 'inspect --json' 'dump --json'; do
      run "min-btf $option $object"
    done
  done
  for option in '' -v --json; do run "min-btf inspect $option in/objects"; done
}

one_kernel() {  # FILE
  local option
  alone "mkdir out/d && min-btf gen $1 out/d in/three"
  for option in '' -v --json '--json -v' --verify '--fail-on=poisoned,ambiguous'; do
    alone "min-btf gen $option $1 out/k.btf in/three"
  done
  for option in '' --json; do
    run "min-btf check $option $1 in/three"
    run "min-btf verify $option $1 out/k.btf in/three"
    run "min-btf dump $option $1 struct list_head"
  done
}

dumps() {
  local format type
  fresh
  for format in c json; do
    run "min-btf dump --format=$format in/small.btf"
    run "min-btf dump --format=$format in/reduced.btf"
    for type in task_struct 'enum pid_type' 'func vfs_open' 'union thread_union' int 1 "'#77'" 99999999 task_strukt; do
      run "min-btf dump --format=$format in/vmlinux $type"
    done
  done
  run 'min-btf dump in/small.btf | head -n3'
  run 'min-btf dump --json in/many.tar'
  run 'min-btf dump /dev/stdin list_head <in/zipped.btf.gz'
}

tars() {
  local tar
  for tar in in/many.tar in/several.tar.xz in/nested.tar in/5.4.0-1-lone.tar.xz; do
    both "gen --manifest=out/m.json $tar out/tree in/three"
    both "check $tar in/three"
    alone "min-btf gen -v $tar out/tree in/three"
    run "min-btf verify -v $tar out/tree in/three"
    run "min-btf verify --json $tar out/tree in/three"
  done
}

# Combines every INPUT with every OBJECT. This also compares which of two errors is reported, and in which order.
wrong_inputs() {
  local input object
  for input in in/small.btf in/missing in/one.bpf.o "''" in/bad/{short.btf,header.btf,short.btf.tar.xz,outside.tar} \
    in/bad/{short_many.tar.xz,plain,nothing_in_it,empty,text,mixed,twice,loop}; do
    for object in in/three in/missing.o in/bad/{plain.o,no_relocations.bpf.o,short.bpf.o,empty,objects} in/small.btf; do
      both "gen $input out/o $object"
      both "check $input $object"
      both "verify $input in/reduced.btf $object"
    done
    both "verify in/small.btf $input in/three"
    alone "min-btf verify in/raw $input in/three"
    both "dump $input"
    both "inspect $input in/one.bpf.o"
  done
}

damaged() {
  local file
  for file in in/bad/kernels/*; do
    alone "min-btf gen $file out/o in/objects"
    alone "min-btf verify --json $file in/reduced.btf in/three"
  done
  for file in in/bad/kernels/*[0-9].btf; do
    both "dump $file"
  done
  for file in in/bad/damaged/*; do
    both "inspect $file"
    alone "min-btf check -v in/reduced.btf $file in/one.bpf.o"
    alone "min-btf gen in/reduced.btf out/o in/three $file"
  done
  for file in -j1 -j2 --json; do
    alone "min-btf gen $file --manifest=out/m.json in/bad/kernels out/o in/bad/damaged"
    alone "min-btf gen $file --manifest=out/m.json in/bad/kernels out/o in/three"
    alone "min-btf check $file in/bad/kernels in/three"
    alone "min-btf verify $file in/bad/kernels in/reduced in/three"
    alone "min-btf inspect ${file/#-j*/-v} in/bad/damaged"
  done
}

outputs() {
  local command json drop=
  # Root may otherwise read and write everything.
  [ "$(id -u)" != 0 ] || drop='setpriv --bounding-set=-dac_override,-dac_read_search'
  for json in '' --json; do
    while read -r command; do
      fresh
      cp in/one.bpf.o out/o.bpf.o
      mkdir -p out/{t/a,closed,fixed} && cp in/small.btf out/t/a/k.btf && cp in/reduced.btf out/t/
      mkfifo out/pipe
      ln -s t out/link && cp in/small.btf out/closed/ && chmod 0 out/closed && chmod 555 out/fixed
      run "${command//gen/"min-btf gen $json"}"
    done <<END
      gen in/small.btf out/o.bpf.o in/three
      gen in/missing out/o.bpf.o out/o.bpf.o
      gen in/small.btf out/o.bpf.o out/o.bpf.o
      gen in/bad/short.btf out/o.bpf.o in/bad/plain.o
      gen in/small.btf out/o.bpf.o in/missing.o
      gen in/raw out/o.bpf.o in/three
      gen in/raw out/t/reduced.btf in/missing.o
      gen out/t/a/k.btf out/t/a/k.btf in/three
      gen out/t/a/k.btf out/link/a/k.btf in/three
      gen out/t out/t in/three
      gen out/t out/link in/three
      gen out/t out/t/new in/three
      gen out/t/a out/t in/three
      gen out/t out/t in/missing.o
      gen --manifest=out/t/m.json out/t out/o in/three
      gen --manifest=out/t/a/k.btf out/t out/o in/three
      gen --manifest=out/o/m.json out/t out/o in/three
      gen --manifest=out/missing/m.json in/missing out/o in/three
      gen --cache=out/t out/t out/o in/three
      gen --cache=out/o.bpf.o out/t out/o in/three
      gen in/small.btf out/new/ in/three
      gen in/small.btf out/missing/k.btf in/three
      gen in/small.btf out/o.bpf.o/k.btf in/three
      gen in/small.btf out/t/a in/three
      gen in/small.btf /dev/stdout in/three
      gen in/small.btf /dev/stdout in/three | cat
      gen -v in/small.btf /dev/stdout in/three | cat
      gen in/small.btf /dev/full in/three
      gen in/small.btf out/k.btf in/three >/dev/full
      gen -v out/t out/o in/three >/dev/full
      gen in/small.btf out/k.btf in/three >&-
      gen in/small.btf /dev/fd/3 in/three 3>out/three
      timeout 20 cat out/pipe >out/read & gen in/small.btf out/pipe in/three; wait
      cat in/small.btf | gen /dev/stdin out/k.btf in/three
      cat in/bad/short.btf | gen /dev/stdin out/k.btf in/three
      cat in/several.tar.xz | gen /dev/stdin out/tree in/three
      cat in/zipped.btf.gz | gen /dev/stdin out/t in/three
      $drop gen out/closed out/o in/three
      $drop gen out out/o in/three
      $drop gen in/small.btf out/o out/closed
      $drop gen in/small.btf out/closed/k in/three
      $drop gen in/small.btf out/fixed/k in/three
      $drop gen out/t out/fixed in/three
      umask 077; gen out/t out/o in/three; gen in/small.btf out/k in/three
      SOURCE_DATE_EPOCH=1000000000 gen in/raw out/tree in/three
END
  done
}

options() {
  local option command
  for option in '--include=nothing' "--include='*1*' --exclude='*2*'" "--include='['" --arch={amd64,vax} \
    --max-{kernel-size={1M,x},members=2,path=12}; do
    both "gen $option in/raw out/o in/three"
    both "check $option in/raw in/three"
    both "verify $option in/raw in/reduced in/three"
  done
  for option in --fail-on=nonsense --include='*.btf' --no-such-option -j0 -jx '-q -v' --links=hard --oracle=bpftool; do
    both "gen $option in/small.btf out/o in/three"
    both "check $option in/small.btf in/three"
    both "verify $option in/small.btf in/reduced.btf in/three"
  done
  while read -r command; do both "$command"; done <<'END'
    gen --include=nothing in/raw out/o in/missing.o
    gen --fail-on=nonsense in/missing out/o in/missing.o
    gen --manifest=out/m.json in/small.btf out/o in/three
    gen --cache=out/c in/small.btf out/o in/three
    gen --prune in/raw out/o in/three
    gen --prune --manifest=in/bad/plain in/raw out/o in/three
    gen min_core_btf in/small.btf out/o in/one.bpf.o
    gen min_core_btf in/missing out/o in/missing.o
    gen in/missing out/o
    gen in/small.btf out/o in/one.bpf.o in/one.bpf.o in/three
    check in/missing
    verify in/small.btf in/reduced in/three
    verify in/raw in/reduced.btf in/three
    verify in/reduced in/raw in/three
    verify -v in/reduced.btf in/small.btf in/three
    verify -v --oracle=libbpf in/small.btf in/reduced.btf in/one.bpf.o
    verify in/missing in/reduced.btf
    dump --format=xml in/missing
    inspect -q in/missing.o
    btfgen -a vax -o in/missing.o
    btfgen -a x86_64
    btfgen -C in/missing -a x86_64 -o in/missing.o
END
  for command in '' --help {'help ',}{gen,check,verify,inspect,dump,btfgen,nonsense} 'gen --help'; do
    alone "min-btf $command"
  done
}

# Runs several commands in a row. Each command finds what the earlier ones left in out/.
successions() {
  local command
  while read -r command; do
    case $command in
      min-btf*) run "$command" ;;
      *) eval "$command" ;;
    esac
  done <<END
    fresh
    min-btf gen --json --cache out/cache --manifest out/m1.json -j2 in/raw out/1 in/three
    min-btf gen --json --cache out/cache --manifest out/m2.json -j1 in/raw out/2 in/three
    min-btf gen --cache out/cache --verify in/packed out/3 in/three
    min-btf gen --cache out/cache in/raw out/1 in/objects
    for file in out/cache/*; do ! [ -f \$file ] || echo >>\$file; done; find out/cache -type f -exec truncate -s -1 {} +
    min-btf gen --cache out/cache -v in/raw out/4 in/three
    min-btf gen --json --cache out/cache in/raw out/4 in/objects
    fresh
    min-btf gen --manifest out/m.json in/raw out/tree in/three
    min-btf gen --include='*1*' in/raw out/tree in/one.bpf.o
    min-btf gen --prune --manifest out/m.json --exclude='*1*' in/raw out/tree in/three
    min-btf gen --prune --json --manifest out/m.json --include='*0*' in/raw out/tree in/objects
    min-btf gen --links=copy in/packed out/tree in/three
    fresh; cp -a in/reduced out/tree; find out/tree -name '*.btf' | sort | head -n1 | xargs rm; touch out/tree/extra.btf
    min-btf verify in/raw out/tree in/three
    min-btf verify --json in/raw out/tree in/objects
    min-btf gen in/raw out/tree in/three
    fresh; cp -a in/reduced out/tree
    find out/tree -name '*.btf' | sort | tail -n2 | xargs -n1 cp --remove-destination in/bad/short.btf
    min-btf verify -v in/raw out/tree in/three
    min-btf verify --json in/raw out/tree in/objects
    fresh; mkdir -p out/hub/custom-archive/old; cp in/reduced.btf out/hub/custom-archive/old
    ln -s ../../in/packed out/hub/archive
    min-btf btfgen -C out/hub -a x86_64 -o in/one.bpf.o
    min-btf btfgen -C out/hub -a arm64 -o in/one.bpf.o -o in/objects -v -j2
    min-btf btfgen --json -C out/hub -a arm64 -o in/one.bpf.o --cache out/cache
    min-btf btfgen -C out/hub -a arm64 -o in/missing.o
END
}

all_commands() {  # run in the directory of OLD and in that of NEW
  local kernel objects
  PATH=$PWD/bin:$PATH
  count=0
  fresh
  for objects in in/three in/objects; do
    whole_trees in/raw $objects
    packed_tree $objects
  done
  each_object
  for kernel in "${packed[@]}" "${raw[@]}" in/zipped.btf.gz in/vmlinux; do one_kernel "$kernel"; done
  dumps
  tars
  wrong_inputs
  damaged
  outputs
  options
  successions
}

# --- The comparison ---

report() {  # NUMBER of a command that differs
  local part
  echo "DIFFERS: $(cat "old/results/$1.command")"
  for part in status stdout stderr out; do
    if cmp -s {old,new}/results/"$1.$part"; then continue; fi
    echo "  $part:"
    { diff -aU1 {old,new}/results/"$1.$part" || true; } | tail -n +3
  done | cat -v | cut -c1-200 | sed -n 1,20p
}

[ $# = 4 ] || { sed -n '3,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
old=$(realpath -e "$1") new=$(realpath -e "$2")
for program in "$old" "$new"; do
  if [ ! -f "$program" ] || [ ! -x "$program" ]; then fail "$program: not an executable file"; fi
done
objects=$(realpath -e "$4") kernels=$(realpath -e "$3")
work=$(mktemp -d) running=()
trap 'kill "${running[@]}" 2>/dev/null || true; chmod -R u+rwx "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
start=$(($(date +%s) - 1))
make_inputs "$kernels" "$objects"
sums >inputs
start=$(($(date +%s) - 1))
for side in old new; do
  mkdir -p $side/{bin,results}
  ln -s "${!side}" $side/bin/min-btf
  ln -s ../in $side/in
  (cd $side && all_commands) &
  running+=($!)
done
for side in "${running[@]}"; do wait "$side" || fail "not all commands were run"; done
sums | cmp -s - inputs || fail "a command changed its inputs"

for list in old new; do (cd $list/results && cat -- *.command) >$list/list; done
cmp -s {old,new}/list || fail "the two programs did not run the same commands"
different=$({ diff -rq old/results new/results || true; } | sed -n 's,.*new/results/\([0-9]*\)\..*,\1,p' | sort -u)
for number in $different; do report "$number"; done
total=$(wc -l <old/list)
succeeded=$(grep -lx 0 old/results/*.status | wc -l)
by_status=$(cat old/results/*.status | sort -n | uniq -c | awk '{ printf "%s%d end with %s", sep, $1, $2; sep = ", " }')
echo "$total commands compared ($by_status); $(wc -w <<<"$different") differ"
[ "$succeeded" -ge 100 ] || fail "fewer than 100 commands succeeded: too few for a comparison"
[ -z "$different" ]
