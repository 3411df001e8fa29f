#!/bin/sh
# The whole measurement of matching: 5 seeds of 20,000 payments in both variants.  Takes some minutes; needs `make` before.
set -e
here=$(dirname "$0")
build=${BUILD:-build}
seeds=${SEEDS:-1 2 3 4 5}
payments=${PAYMENTS:-20000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for variant in easy hard; do
	files=
	for seed in $seeds; do
		python3 "$here/gen.py" --seed "$seed" --payments "$payments" --variant $variant --out "$work/$variant-$seed"
		"$build/bench/match" replay "$work/$variant-$seed" "$work/$variant-$seed/out.jsonl"
		files="$files $work/$variant-$seed $work/$variant-$seed/out.jsonl"
	done
	echo "## $variant: $payments payments, seeds $seeds"
	python3 "$here/evaluate.py" $files || status=1
done
exit $status
