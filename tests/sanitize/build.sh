#!/bin/sh
# build.sh asan|tsan GOAL... - goals of the Makefile, built with sanitizers below $BUILD: with clang, and with what
# libFuzzer measures coverage by, or with gcc.  Warnings are errors.  One build serves the fuzz targets and the tests; a
# lock lets two of them ask at once.
set -eu
build=${BUILD:-build}
tree=$build/sanitized/$1 # apart from what a person builds as build/asan
kind=$1
shift
goals=
for goal in "$@"; do
	case $goal in */*) goals="$goals $tree/$goal" ;; *) goals="$goals $goal" ;; esac
done
unset MAKEFLAGS MFLAGS MAKELEVEL SAN V
mkdir -p "$tree"
case $kind in
asan) set -- CC=clang CXX=clang++ SAN=address,undefined CFLAGS='-Werror -fsanitize=fuzzer-no-link' CXXFLAGS=-fsanitize=fuzzer-no-link ;;
tsan) set -- CC=gcc CXX=g++ SAN=thread CFLAGS=-Werror CXXFLAGS=-Werror ;;
*) echo "build.sh: asan or tsan, not \"$kind\"" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086
exec flock "$tree/lock" make --no-print-directory -j2 LOLIGO_DEPS_DONE=1 BUILD="$tree" "$@" LDFLAGS= $goals
