#!/bin/sh
# Each layer of core includes only itself and those before it; plugins and connectors include only loligo.h and what lies
# in their own folder.  Prints the offending lines; exit 1 when there are any.
cd "$(dirname "$0")/../.." || exit 2
layers="base model conf io store plugin flow admin cli"
bad=0
allowed=""
for layer in $layers; do
	allowed="$allowed $layer"
	[ "$layer" = cli ] && break # the top may include everything
	pattern=$(echo $allowed | tr ' ' '|')
	found=$(grep -rnE '^#include "' "core/$layer" 2>/dev/null | grep -vE "\"core/($pattern)/|\"core/plugin/loligo\.h\"|fields\.def|_sql\.def|verbs\.def")
	[ -z "$found" ] || { echo "$found"; bad=1; }
done
for folder in plugins/formats/* plugins/steps/* connectors/*; do
	[ -d "$folder" ] || continue
	for file in "$folder"/*.[ch]; do
		[ -e "$file" ] || continue
		# Steps share how open items are kept: plugins/steps/items.h.
		found=$(sed -n 's/^#include "\(.*\)"/\1/p' "$file" | while read -r header; do
			[ "$header" = loligo.h ] || [ -e "$folder/$header" ] || [ "$header" = plugins/steps/items.h ] ||
				echo "$file includes \"$header\""
		done)
		[ -z "$found" ] || { echo "$found"; bad=1; }
	done
done
exit $bad
