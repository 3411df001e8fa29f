/* Time zones: offsets, and the system's compiled zone files (RFC 8536), read once when an expression that names a zone
   is compiled.  Evaluation reads nothing. */
#include "core/conf/cel_priv.h"

#include "core/base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX 65536

struct cel_zone {
	const int64_t *at;   /* instants at which the offset changes */
	const int32_t *east; /* offset from there on */
	size_t count;
	int32_t before; /* offset before the first */
	bool summer;    /* the rule behind the last change has two halves a year */
};

/* "+02:00", "-02:30", "02:00", "UTC". */
bool cel_zone_fixed(lg_str s, int *out)
{
	int sign = 1, v = 0;

	*out = 0;
	if (str_is(s, "UTC") || str_is(s, "Z") || str_is(s, "GMT"))
		return true;
	if (s.len == 6 && (s.ptr[0] == '+' || s.ptr[0] == '-')) {
		sign = s.ptr[0] == '-' ? -1 : 1;
		s = str_from(s, 1);
	}
	if (s.len != 5 || s.ptr[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++) {
		if (i == 2)
			continue;
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		v = v * 10 + s.ptr[i] - '0';
	}
	if (v / 100 > 14 || v % 100 > 59)
		return false;
	*out = sign * (v / 100 * 3600 + v % 100 * 60);
	return true;
}

/* ---- the file ---- */

static int64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return n == 4 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
}

struct header {
	size_t isut, isstd, leap, times, types, chars;
};

static bool header(lg_str *s, struct header *h, int *version)
{
	const unsigned char *p = (const unsigned char *)s->ptr;
	size_t *const fields[] = { &h->isut, &h->isstd, &h->leap, &h->times, &h->types, &h->chars };

	if (s->len < 44 || memcmp(p, "TZif", 4) != 0)
		return false;
	*version = p[4] ? p[4] - '0' : 1;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		int64_t v = big_endian(p + 20 + 4 * i, 4);

		if (v < 0 || v > ZONE_FILE_MAX)
			return false;
		*fields[i] = (size_t)v;
	}
	*s = str_from(*s, 44);
	return true;
}

static size_t body_size(const struct header *h, size_t time)
{
	return h->times * (time + 1) + h->types * 6 + h->chars + h->leap * (time + 4) + h->isstd + h->isut;
}

static bool parse(struct arena *a, lg_str s, struct cel_zone *z)
{
	struct header h;
	int version;
	int64_t *at;
	int32_t *east;
	const unsigned char *times, *index, *types;

	if (!header(&s, &h, &version) || version < 2 || body_size(&h, 4) > s.len)
		return false;
	s = str_from(s, body_size(&h, 4)); /* the 32-bit part repeats what follows */
	if (!header(&s, &h, &version) || body_size(&h, 8) > s.len || h.types == 0)
		return false;
	times = (const unsigned char *)s.ptr;
	index = times + 8 * h.times;
	types = index + h.times;
	at = arena_array(a, int64_t, h.times);
	east = arena_array(a, int32_t, h.times);
	for (size_t i = 0; i < h.times; i++) {
		if (index[i] >= h.types)
			return false;
		at[i] = big_endian(times + 8 * i, 8);
		east[i] = (int32_t)big_endian(types + 6 * (size_t)index[i], 4);
	}
	s = str_from(s, body_size(&h, 8));
	*z = (struct cel_zone){ at, east, h.times, (int32_t)big_endian(types, 4), str_chr(s, ',') < s.len };
	return true;
}

static bool name_is_safe(lg_str name)
{
	if (name.len == 0 || name.len > 60 || name.ptr[0] == '/' || str_find(name, LG_STR("..")) < name.len)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr("_-+/", c))))
			return false;
	}
	return true;
}

const struct cel_zone *cel_zone_load(struct arena *a, lg_str name)
{
	struct cel_zone *z = arena_new(a, struct cel_zone);
	char path[sizeof ZONE_FOLDER + 64], *bytes;
	int fixed;
	size_t n;
	bool ok;
	FILE *f;

	if (cel_zone_fixed(name, &fixed)) {
		z->before = fixed;
		return z;
	}
	if (!name_is_safe(name))
		return NULL;
	snprintf(path, sizeof path, ZONE_FOLDER "%.*s", STRA(name));
	f = fopen(path, "rbe");
	if (f == NULL)
		return NULL;
	bytes = xalloc(ZONE_FILE_MAX);
	n = fread(bytes, 1, ZONE_FILE_MAX, f);
	fclose(f);
	ok = parse(a, (lg_str){ bytes, n }, z);
	free(bytes);
	return ok ? z : NULL;
}

/* ---- use ---- */

/* Summer time goes by the calendar of 28 years: an instant behind the table is as the one of a year in it that begins
   on the same weekday and has as many days. */
static int64_t same_in_table(int64_t t, int64_t last)
{
	int64_t day = t / 86400 - (t % 86400 < 0), first_day;
	int y, m, d, twin, last_year;
	lg_date first, other, next, other_next;

	date_to_ymd((lg_date)(last / 86400), &last_year, &m, &d);
	date_to_ymd((lg_date)day, &y, &m, &d);
	if (!date_from_ymd(y, 1, 1, &first) || !date_from_ymd(y + 1, 1, 1, &next))
		return t;
	first_day = first;
	for (twin = last_year - 1; twin > last_year - 29; twin--)
		if (date_from_ymd(twin, 1, 1, &other) && date_from_ymd(twin + 1, 1, 1, &other_next) &&
		    date_weekday(other) == date_weekday(first) && other_next - other == next - first)
			return t - (first_day - other) * 86400;
	return t;
}

int cel_zone_offset(const struct cel_zone *z, int64_t t)
{
	size_t low = 0, high = z->count;

	if (z->count == 0 || t < z->at[0])
		return z->before;
	if (z->summer && t > z->at[z->count - 1])
		t = same_in_table(t, z->at[z->count - 1]);
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (z->at[middle] <= t)
			low = middle;
		else
			high = middle;
	}
	return z->east[low];
}
