#!/bin/sh
# The benchmark table of `make bench`.  BUILD: the build's folder.  Sizes: see bench.py --help; `sh tests/bench/run.sh --short`
# only shows that each part runs.
exec python3 "$(dirname "$0")/bench.py" "$@"
