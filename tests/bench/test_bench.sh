#!/bin/sh
# That every benchmark runs, on tiny sizes; no figure is judged.
out=$(sh tests/bench/run.sh --short 2>&1)
code=$?
n=0
for row in 'decode camt' 'decode ubl' 'route durably' 'camt to SIE' 'start' 'check' 'memory: camt' 'memory: idle'; do
	n=$((n + 1))
	if [ $code -eq 0 ] && printf '%s\n' "$out" | grep -q "^$row"; then
		echo "ok $n - the row \"$row\" is measured"
	else
		echo "not ok $n - the row \"$row\" is measured"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
done
echo "1..$n"
