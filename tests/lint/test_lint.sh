#!/bin/sh
# The rules of the house that a machine can check.
cd "$(dirname "$0")/../.." || exit 2
n=0
check() { # name, output
	n=$((n + 1))
	if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; echo "$2" | sed 's/^/# /' | head -40; fi
}
# The code alone: comments and texts taken out, so that words in them do not count.
code_has() {
	find core plugins connectors -name '*.[ch]' 2>/dev/null | while read -r f; do
		${CC:-cc} -fpreprocessed -dD -E -P -x c "$f" 2>/dev/null | sed 's/"\(\\.\|[^"\\]\)*"//g' | grep -wE "$1" | sed "s|^|$f: |"
	done
}
check "layers include only what lies before them" "$(sh tests/lint/layers.sh)"
check "every header compiles alone" "$(sh tests/lint/headers.sh 2>&1)"
check "no binary floating point in the sources" "$(code_has 'double|float')"
check "no file above 800 lines" "$(find core plugins connectors tests -name '*.[ch]' ! -name loligo.h | xargs wc -l | awk '$2 != "total" && $1 > 800')"
check "no function above 70 lines" "$(find core plugins connectors -name '*.c' | xargs awk 'FNR==1{inf=0} /^[A-Za-z_].*\)$/{name=$0} /^\{/{start=FNR;inf=1} /^\}/{if(inf&&FNR-start>70)printf "%s:%d %d lines: %s\n",FILENAME,start,FNR-start,name;inf=0}')"
check "no strcpy, strcat, sprintf, strtok, atoi" "$(code_has '(strcpy|strcat|sprintf|strtok|atoi|gets)[[:space:]]*\(')"
check "no library clean-up in plugins" "$(grep -rnE 'atexit|xmlCleanupParser|curl_global_' plugins connectors --include='*.c')"
check "only the agreed names at the top" "$(ls | grep -vxE 'core|plugins|connectors|config|tests|Makefile|README\.md|LICENSE|build|loligo-.*\.tar\.gz')"
symbols=""
for so in "${BUILD:-build}"/plugins/*.so; do
	names=$(nm -D --defined-only "$so" | awk '{print $3}' | grep -vE '^(__odr_asan|__asan|__ubsan|__tsan|_init$|_fini$)')
	[ "$names" = lg_plugin ] || symbols="$symbols $so: $(echo $names)"
done
check "a plugin exports lg_plugin and nothing else" "$symbols"
echo "1..$n"
