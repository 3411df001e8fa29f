#include "core/conf/cel_priv.h"

#include "core/base/date.h"

#include <stdio.h>
#include <string.h>

#define NANOS INT64_C(1000000000)

struct cel_value cel_instant(int64_t seconds, uint32_t nanoseconds)
{
	return (struct cel_value){ .kind = CEL_TIME, .n = nanoseconds, .v.i = seconds };
}

struct cel_value cel_duration(int64_t nanoseconds)
{
	return (struct cel_value){ .kind = CEL_DURATION, .v.i = nanoseconds };
}

cel_wide cel_time_nanos(struct cel_value t)
{
	return (cel_wide)t.v.i * NANOS + t.n;
}

bool cel_time_of_nanos(cel_wide n, struct cel_value *out)
{
	cel_wide seconds = n / NANOS, rest = n % NANOS;

	if (rest < 0) {
		seconds--;
		rest += NANOS;
	}
	if (seconds < CEL_SECONDS_MIN || seconds > CEL_SECONDS_MAX)
		return false;
	*out = cel_instant((int64_t)seconds, (uint32_t)rest);
	return true;
}

/* ---- texts ---- */

/* n digits as a number; -1 when they are not there. */
static int fixed(lg_str *s, size_t n)
{
	int v = 0;

	if (s->len < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return -1;
		v = v * 10 + s->ptr[i] - '0';
	}
	*s = str_from(*s, n);
	return v;
}

static bool mark(lg_str *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* .123 as nanoseconds; 1 to 9 digits. */
static int64_t fraction(lg_str *s)
{
	int64_t v = 0, unit = NANOS;

	while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9' && unit > 1) {
		unit /= 10;
		v += (s->ptr[0] - '0') * unit;
		*s = str_from(*s, 1);
	}
	return unit == NANOS ? -1 : v;
}

static bool offset(lg_str *s, int *seconds)
{
	int sign, h, m;

	*seconds = 0;
	if (mark(s, 'Z') || mark(s, 'z'))
		return true;
	if (s->len == 0 || (s->ptr[0] != '+' && s->ptr[0] != '-'))
		return false;
	sign = s->ptr[0] == '-' ? -1 : 1;
	*s = str_from(*s, 1);
	h = fixed(s, 2);
	if (h < 0 || h > 23 || !mark(s, ':'))
		return false;
	m = fixed(s, 2);
	if (m < 0 || m > 59)
		return false;
	*seconds = sign * (h * 3600 + m * 60);
	return true;
}

bool cel_time_parse(lg_str s, struct cel_value *out)
{
	lg_date day;
	int h, m, sec, east;
	int64_t nanos = 0;

	if (!date_parse(str_sub(s, 0, 10), &day))
		return false;
	s = str_from(s, 10);
	if (!mark(&s, 'T') && !mark(&s, 't'))
		return false;
	h = fixed(&s, 2);
	if (h < 0 || h > 23 || !mark(&s, ':'))
		return false;
	m = fixed(&s, 2);
	if (m < 0 || m > 59 || !mark(&s, ':'))
		return false;
	sec = fixed(&s, 2);
	if (sec < 0 || sec > 59)
		return false;
	if (mark(&s, '.') && (nanos = fraction(&s)) < 0)
		return false;
	if (!offset(&s, &east) || s.len > 0)
		return false;
	return cel_time_of_nanos((cel_wide)((int64_t)day * 86400 + h * 3600 + m * 60 + sec - east) * NANOS + nanos,
				 out);
}

/* ".123" without zeros at its end, or nothing. */
static void put_fraction(uint32_t nanos, char out[12])
{
	size_t n;

	out[0] = '\0';
	if (nanos == 0)
		return;
	snprintf(out, 12, ".%09u", nanos);
	for (n = 10; out[n - 1] == '0'; n--)
		out[n - 1] = '\0';
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

size_t cel_time_text(struct cel_value t, char *out, size_t size)
{
	int64_t day = floor_div(t.v.i, 86400);
	int sec = (int)(t.v.i - day * 86400);
	char date[DATE_TEXT_MAX], frac[12];

	date_text((lg_date)day, date);
	put_fraction(t.n, frac);
	return (size_t)snprintf(out, size, "%sT%02d:%02d:%02d%sZ", date, sec / 3600, sec / 60 % 60, sec % 60, frac);
}

/* "1h30m", "-1.5s", "100ms": the units of Go. */
bool cel_duration_parse(lg_str s, struct cel_value *out)
{
	static const struct {
		const char *name;
		int64_t nanos;
	} units[] = { { "ns", 1 },    { "us", 1000 },      { "\xc2\xb5s", 1000 }, { "ms", 1000000 },
		      { "s", NANOS }, { "m", 60 * NANOS }, { "h", 3600 * NANOS } };
	bool negative = mark(&s, '-');
	cel_wide sum = 0;

	if (!negative)
		mark(&s, '+');
	if (str_is(s, "0")) {
		*out = cel_duration(0);
		return true;
	}
	if (s.len == 0)
		return false;
	while (s.len > 0) {
		cel_wide whole = 0, frac = 0, scale = 1;
		size_t digits = 0, u;

		for (; s.len > 0 && s.ptr[0] >= '0' && s.ptr[0] <= '9' && digits < 20; digits++, s = str_from(s, 1))
			whole = whole * 10 + (s.ptr[0] - '0');
		if (mark(&s, '.'))
			for (; s.len > 0 && s.ptr[0] >= '0' && s.ptr[0] <= '9' && scale < NANOS * NANOS;
			     digits++, s = str_from(s, 1)) {
				frac = frac * 10 + (s.ptr[0] - '0');
				scale *= 10;
			}
		if (digits == 0)
			return false;
		for (u = 0; u < ARRAY_LEN(units); u++)
			if (str_starts(s, str_of(units[u].name)))
				break;
		if (u == ARRAY_LEN(units))
			return false;
		s = str_from(s, strlen(units[u].name));
		sum += whole * units[u].nanos + frac * units[u].nanos / scale;
		if (sum > (cel_wide)INT64_MAX + 1)
			return false;
	}
	sum = negative ? -sum : sum;
	if (sum > INT64_MAX)
		return false;
	*out = cel_duration((int64_t)sum);
	return true;
}

size_t cel_duration_text(struct cel_value d, char *out, size_t size)
{
	uint64_t n = d.v.i < 0 ? -(uint64_t)d.v.i : (uint64_t)d.v.i;
	char frac[12];

	put_fraction((uint32_t)(n % (uint64_t)NANOS), frac);
	return (size_t)snprintf(out, size, "%s%llu%ss", d.v.i < 0 ? "-" : "", (unsigned long long)(n / (uint64_t)NANOS),
				frac);
}

/* ---- getters ---- */

enum part { FULL_YEAR, MONTH, DAY_OF_YEAR, DAY_OF_MONTH, DATE, DAY_OF_WEEK, HOURS, MINUTES, SECONDS, MILLISECONDS };

static int64_t part_of(enum part part, int64_t seconds, uint32_t nanos)
{
	int64_t day = floor_div(seconds, 86400), sec = seconds - day * 86400;
	int y, m, d;
	lg_date first;

	if (part == HOURS)
		return sec / 3600;
	if (part == MINUTES)
		return sec / 60 % 60;
	if (part == SECONDS)
		return sec % 60;
	if (part == MILLISECONDS)
		return nanos / 1000000;
	if (part == DAY_OF_WEEK)
		return date_weekday((lg_date)day) % 7; /* 0 is Sunday */
	date_to_ymd((lg_date)day, &y, &m, &d);
	if (part == DAY_OF_YEAR)
		return date_from_ymd(y, 1, 1, &first) ? day - first : 0;
	return part == FULL_YEAR ? y : part == MONTH ? m - 1 : part == DAY_OF_MONTH ? d - 1 : d;
}

static struct cel_value get(const struct node *n, const struct cel_value *args, enum part part)
{
	struct cel_value t = args[0];
	int east = 0;

	if (n->count == 2 && n->extra)
		east = cel_zone_offset(n->extra, t.v.i);
	else if (n->count == 2 && !cel_zone_fixed(cel_str(args[1]), &east))
		return cel_error(n, "a time zone that is no offset must stand in the expression as a text");
	/* A day before the first or behind the last is still a day for the getters. */
	return cel_of_int(part_of(part, t.v.i + east, t.n));
}

#define GETTER(fn, part) \
	static struct cel_value fn(struct eval *e, const struct node *n, const struct cel_value *args) \
	{ \
		(void)e; \
		return get(n, args, part); \
	}

GETTER(get_full_year, FULL_YEAR)
GETTER(get_month, MONTH)
GETTER(get_day_of_year, DAY_OF_YEAR)
GETTER(get_day_of_month, DAY_OF_MONTH)
GETTER(get_date, DATE)
GETTER(get_day_of_week, DAY_OF_WEEK)
GETTER(get_hours, HOURS)
GETTER(get_minutes, MINUTES)
GETTER(get_seconds, SECONDS)
GETTER(get_milliseconds, MILLISECONDS)

#define IN_DURATION(fn, expr) \
	static struct cel_value fn(struct eval *e, const struct node *n, const struct cel_value *args) \
	{ \
		(void)e; \
		(void)n; \
		return cel_of_int(expr); \
	}

/* Whole units of the duration, except for the milliseconds, which are those of its last second: so says CEL. */
IN_DURATION(duration_hours, args[0].v.i / (3600 * NANOS))
IN_DURATION(duration_minutes, args[0].v.i / (60 * NANOS))
IN_DURATION(duration_seconds, args[0].v.i / NANOS)
IN_DURATION(duration_milliseconds, args[0].v.i / 1000000 % 1000)

#define BOTH(name, fn) \
	{ name, true, 1, { CEL_TIME }, CEL_INT, fn }, \
	{ \
		name, true, 2, { CEL_TIME, CEL_STR }, CEL_INT, fn \
	}

/* clang-format off */
const struct cel_func cel_time_funcs[] = {
	BOTH("getFullYear", get_full_year),
	BOTH("getMonth", get_month),
	BOTH("getDayOfYear", get_day_of_year),
	BOTH("getDayOfMonth", get_day_of_month),
	BOTH("getDate", get_date),
	BOTH("getDayOfWeek", get_day_of_week),
	BOTH("getHours", get_hours),
	{ "getHours", true, 1, { CEL_DURATION }, CEL_INT, duration_hours },
	BOTH("getMinutes", get_minutes),
	{ "getMinutes", true, 1, { CEL_DURATION }, CEL_INT, duration_minutes },
	BOTH("getSeconds", get_seconds),
	{ "getSeconds", true, 1, { CEL_DURATION }, CEL_INT, duration_seconds },
	BOTH("getMilliseconds", get_milliseconds),
	{ "getMilliseconds", true, 1, { CEL_DURATION }, CEL_INT, duration_milliseconds },
	{ NULL, false, 0, { 0 }, 0, NULL },
};
/* clang-format on */
