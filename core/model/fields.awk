# Writes the ids of core/model/fields.def into the region of loligo.h between @fields@ and @end@:
#   awk -f core/model/fields.awk core/model/fields.def core/plugin/loligo.h
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
FNR == NR {
	if (match($0, /^OBJECT\(/)) {
		split(substr($0, 8), p, ",")
		name = trim(p[2])
		if (trim(p[1]) != "0") {
			if (trim(p[4]) == "true")
				kinds = kinds sprintf("\tLG_%s = %d,\n", name, trim(p[1]))
			else
				objects = objects sprintf("\tLG_%s = %d,\n", name, trim(p[1]))
		}
		ids = ids "\n"
	} else if (match($0, /^FIELD\(/)) {
		split(substr($0, 7), p, ",")
		ids = ids sprintf("\tLG_%s_%s = %s,\n", trim(p[2]), trim(p[3]), trim(p[1]))
	}
	next
}
/@fields@/ {
	print
	print "enum lg_kind {\n" kinds "};\n\n/* Objects inside records. */\nenum lg_object {\n" objects "};\n"
	sub(/^\n/, "", ids)
	print "enum lg_field {\n" ids "};"
	skipping = 1
	next
}
/@end@/ { skipping = 0 }
!skipping { print }
