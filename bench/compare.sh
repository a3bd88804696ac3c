#!/usr/bin/env bash
# Reduces kernels with min-btf and with bpftool, in turns, and prints a table in Markdown: sizes, and the median over
# several runs of the time of one whole command.
#
#     bench/compare.sh [-n RUNS] -o OBJECT_DIR KERNEL_BTF...
#
# build/tests/extract_bpf_objects makes OBJECT_DIR from Debian's libbpf-tools:
#     build/tests/extract_bpf_objects build/objects $(dpkg -L libbpf-tools | grep sbin/)
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")/.." && pwd)
min_btf=${MIN_BTF:-$here/build/min-btf}
runs=5
objects=

while getopts n:o: option; do
  case $option in
    n) runs=$OPTARG ;;
    o) objects=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
if [ -z "$objects" ] || [ $# -eq 0 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
list=("$objects"/*.o)

milliseconds() {  # COMMAND...: its exit status is ours
  local begin=${EPOCHREALTIME/./} status=0
  "$@" >"$work/said" 2>&1 || status=$?
  echo "$(( (${EPOCHREALTIME/./} - begin) / 100 ))"  # in tenths
  return $status
}

median() { sort -n | sed -n "$(( (runs + 1) / 2 ))p" | sed 's/\(.\)$/.\1/;s/^\./0./'; }

printf '%s objects, %s runs; %s; %s\n\n' "${#list[@]}" "$runs" "$("$min_btf" --version | head -1)" "$(bpftool version | head -1)"
echo '| kernel | input | bpftool | min-btf | bpftool, ms | min-btf, ms |'
echo '|---|---:|---:|---:|---:|---:|'
for kernel in "$@"; do
  : >"$work/theirs"
  : >"$work/ours"
  their_size=
  for ((run = 0; run < runs; ++run)); do
    if milliseconds bpftool gen min_core_btf "$kernel" "$work/bpftool.btf" "${list[@]}" >>"$work/theirs"; then
      their_size=$(stat -c %s "$work/bpftool.btf")
    fi
    milliseconds "$min_btf" gen --quiet "$kernel" "$work/min.btf" "${list[@]}" >>"$work/ours"
  done
  printf '| %s | %s | %s | %s | %s | %s |\n' "$(basename "$kernel" .btf)" "$(wc -c <"$kernel")" \
    "${their_size:-writes nothing}" "$(stat -c %s "$work/min.btf")" "$(median <"$work/theirs")" "$(median <"$work/ours")"
done
