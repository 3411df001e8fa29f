#!/bin/sh
# Every header compiles alone.
cd "$(dirname "$0")/../.." || exit 2
bad=0
flags="-std=c11 -D_GNU_SOURCE -fsyntax-only -I. -Icore/plugin $(pkg-config --cflags libxml-2.0)"
for h in $(git ls-files 'core/*.h' 'plugins/*.h' 'connectors/*.h' 2>/dev/null || find core plugins connectors -name '*.h'); do
	echo "#include \"$h\"" | ${CC:-cc} $flags -x c - || { echo "$h does not compile alone"; bad=1; }
done
exit $bad
