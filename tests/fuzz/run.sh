#!/bin/sh
# run.sh [NAME...] - builds the fuzz targets and runs each (or those named) SECONDS_EACH seconds, 60 when not told.  A
# line a target; what was found lies in $BUILD/fuzz/NAME, and the end says how to see it again.  `make fuzz` calls it,
# tests/fuzz/test_fuzz.py its short form: SHORT=1 takes the seeds of this folder only, and always the same dice.
#
# Seeds: corpus/NAME, files of the tree (below), ../shared/corpus when it is there (named, never copied), and what
# earlier runs grew.  Dictionaries: dict/NAME.  Limits: 1 GiB, 10 s an input.
set -eu
build=${BUILD:-build}
seconds=${SECONDS_EACH:-60}
bin=$build/sanitized/asan/fuzz
export BUILD="$build" ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}" UBSAN_OPTIONS=print_stacktrace=1

sh tests/sanitize/build.sh asan fuzzers || { echo "the fuzz targets cannot be built"; exit 1; }

# Folders of the tree, and then of the shared corpus, whose files are seeds of a target.
seeds() {
	case $1 in
	yaml) echo "config/plans config/demo tests/conf_bad -" ;;
	json) echo "config/demo/inbox/financing -" ;;
	format_camt) echo "config/demo/bank - camt" ;;
	format_ubl) echo "config/demo/inbox plugins/formats/ubl/tests - ubl peppol en16931-ubl" ;;
	format_cii) echo "plugins/formats/cii/tests - cii" ;;
	format_sie) echo "plugins/formats/sie/tests - sie" ;;
	format_json) echo "config/demo/inbox/financing -" ;;
	format_*) echo "plugins/formats/${1#format_}/tests - ${1#format_}" ;;
	*) echo "-" ;;
	esac
}

# Links to at most 100 files of at most 32 KiB, so that a run does not begin with a minute of reading.
link_seeds() {
	into=$1
	shift
	find "$@" -type f -size -33k 2>/dev/null | grep -v -e '\.[ch]$' -e '\.py$' -e '/var/' | sort | awk '
		{ file[NR] = $0 }
		END { n = NR < 100 ? NR : 100; for (i = 0; i < n; i++) print file[1 + int(i * NR / n)] }' |
		while read -r file; do
			ln -sf "$(realpath "$file")" "$into/$(echo "$file" | cksum | cut -d' ' -f1)"
		done
}

prepare() { # NAME: fills $work/seeds
	tree=$(seeds "$1")
	shared=${tree#*-}
	tree=${tree%%-*}
	rm -rf "$work/seeds" "$work/found"
	mkdir -p "$work/seeds" "$work/found" "$work/grown"
	if [ -n "$tree" ]; then
		# shellcheck disable=SC2086
		link_seeds "$work/seeds" $tree
	fi
	if [ -z "${SHORT:-}" ] && [ -n "$shared" ]; then
		for folder in $shared; do
			[ ! -d "../shared/corpus/$folder" ] || link_seeds "$work/seeds" "../shared/corpus/$folder"
		done
	fi
}

stat() { sed -n "s/^stat::$1: *//p" "$work/log" | tail -n 1; }

fuzz() { # NAME
	work=$build/fuzz/$1
	prepare "$1"
	case $1 in cel) max=1024 ;; refs) max=200 ;; *) max=16384 ;; esac
	set -- "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len="$max" -print_final_stats=1 \
		-artifact_prefix="$work/found/"
	[ ! -f "tests/fuzz/dict/$1" ] || set -- "$@" -dict="tests/fuzz/dict/$1"
	if [ -n "${SHORT:-}" ]; then
		set -- "$@" -seed=1
	else
		set -- "$@" "$work/grown"
	fi
	[ ! -d "tests/fuzz/corpus/$1" ] || set -- "$@" "tests/fuzz/corpus/$1"
	name=$1
	shift
	code=0
	if [ -n "${SHORT:-}" ]; then
		# Without a folder of its own libFuzzer would add to the seeds.
		rm -rf "$work/short"
		mkdir -p "$work/short"
		set -- "$work/short" "$@"
	fi
	"$bin/$name" "$@" "$work/seeds" >"$work/log" 2>&1 || code=$?
	cov=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/log" | tail -n 1)
	printf '%-16s %9s runs %7s/s   coverage %6s   ' "$name" "$(stat number_of_executed_units)" \
		"$(stat average_exec_per_sec)" "${cov:-?}"
	if [ $code -eq 0 ]; then
		echo "no findings"
		return
	fi
	failed="$failed $name"
	echo "FOUND: $(grep -a -m 1 -e '^fuzz:' -e 'ERROR: ' -e 'runtime error' "$work/log" | cut -c 1-200)"
}

names() {
	for file in tests/fuzz/fuzz_*.c plugins/formats/*/*.c; do
		case $file in
		tests/*) name=${file#tests/fuzz/fuzz_} && echo "${name%.c}" ;;
		*) name=${file#plugins/formats/} && echo "format_${name%%/*}" ;;
		esac
	done | sort -u
}

failed=
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(names)
for name in "$@"; do
	fuzz "$name"
done
[ -n "$failed" ] || exit 0
for name in $failed; do
	for file in "$build/fuzz/$name/found"/*; do
		[ ! -e "$file" ] || echo "again: $bin/$name $file      (the whole run: $build/fuzz/$name/log)"
	done
done
echo "mended: keep the input in tests/fuzz/corpus/NAME"
exit 1
