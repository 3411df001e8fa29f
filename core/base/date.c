#include "core/base/date.h"

#include "core/base/str.h"

#include <stdio.h>

#define DAY_MS ((lg_time)86400000)
#define DAY_MIN (-719162) /* 0001-01-01 */
#define DAY_MAX 2932896   /* 9999-12-31 */

static bool is_leap(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

int date_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from civil, after Howard Hinnant's public-domain algorithm: years start in March. */
static int32_t days_from_civil(int y, int m, int d)
{
	int era, yoe, doy, doe;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

bool date_from_ymd(int year, int month, int day, lg_date *out)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > date_month_days(year, month))
		return false;
	*out = days_from_civil(year, month, day);
	return true;
}

void date_to_ymd(lg_date date, int *year, int *month, int *day)
{
	int z = date + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

/* Exactly n digits at `at`. */
static bool digits(lg_str s, size_t at, size_t n, int *out)
{
	int64_t v;

	if (at + n > s.len || !str_is_digits(str_sub(s, at, n)) || !str_i64(str_sub(s, at, n), &v))
		return false;
	*out = (int)v;
	return true;
}

bool date_parse(lg_str s, lg_date *out)
{
	int y, m, d;

	return s.len == 10 && s.ptr[4] == '-' && s.ptr[7] == '-' && digits(s, 0, 4, &y) && digits(s, 5, 2, &m) &&
	       digits(s, 8, 2, &d) && date_from_ymd(y, m, d, out);
}

static char *put(char *p, int v, int width)
{
	for (int i = width - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + width;
}

size_t date_text(lg_date date, char out[DATE_TEXT_MAX])
{
	int y, m, d;
	char *p = out;

	date_to_ymd(date, &y, &m, &d);
	p = put(p, y, 4);
	*p++ = '-';
	p = put(p, m, 2);
	*p++ = '-';
	p = put(p, d, 2);
	*p = '\0';
	return 10;
}

int date_weekday(lg_date d)
{
	return ((d + 3) % 7 + 7) % 7 + 1;
}

lg_date date_add_months(lg_date date, int n)
{
	int y, m, d, months;

	date_to_ymd(date, &y, &m, &d);
	months = y * 12 + (m - 1) + n;
	y = months / 12;
	m = months % 12 + 1;
	return days_from_civil(y, m, MIN(d, date_month_days(y, m)));
}

/* "Z", "+hh:mm", "-hh:mm" at `at`, to the end of s; minutes east of UTC. */
static bool parse_offset(lg_str s, size_t at, int *minutes)
{
	int h, m;

	if (at + 1 == s.len && (s.ptr[at] == 'Z' || s.ptr[at] == 'z')) {
		*minutes = 0;
		return true;
	}
	if (at + 6 != s.len || (s.ptr[at] != '+' && s.ptr[at] != '-') || s.ptr[at + 3] != ':' ||
	    !digits(s, at + 1, 2, &h) || !digits(s, at + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = (h * 60 + m) * (s.ptr[at] == '-' ? -1 : 1);
	return true;
}

bool time_parse(lg_str s, lg_time *out)
{
	lg_date day;
	int h, m, sec, ms = 0, offset;
	size_t at = 19;
	lg_time t;

	if (s.len < 20 || (s.ptr[10] != 'T' && s.ptr[10] != 't' && s.ptr[10] != ' ') || s.ptr[13] != ':' ||
	    s.ptr[16] != ':' || !date_parse(str_sub(s, 0, 10), &day) || !digits(s, 11, 2, &h) ||
	    !digits(s, 14, 2, &m) || !digits(s, 17, 2, &sec) || h > 23 || m > 59 || sec > 60)
		return false;
	if (s.ptr[at] == '.') {
		int scale = 100;
		size_t from = ++at;

		for (; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++, scale /= 10)
			ms += (s.ptr[at] - '0') * scale;
		if (at == from || at - from > 9)
			return false;
	}
	if (at >= s.len || !parse_offset(s, at, &offset))
		return false;
	t = (lg_time)day * DAY_MS + (((lg_time)h * 60 + m - offset) * 60 + sec) * 1000 + ms;
	if (time_date(t) < DAY_MIN || time_date(t) > DAY_MAX)
		return false;
	*out = t;
	return true;
}

lg_date time_date(lg_time t)
{
	return (lg_date)((t >= 0 ? t : t - DAY_MS + 1) / DAY_MS);
}

size_t time_text(lg_time t, char out[TIME_TEXT_MAX])
{
	lg_date day = time_date(t);
	int ms = (int)(t - (lg_time)day * DAY_MS);
	char *p = out + date_text(day, out);

	*p++ = 'T';
	p = put(p, ms / 3600000, 2);
	*p++ = ':';
	p = put(p, ms / 60000 % 60, 2);
	*p++ = ':';
	p = put(p, ms / 1000 % 60, 2);
	if (ms % 1000 != 0) {
		*p++ = '.';
		p = put(p, ms % 1000, 3);
	}
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}
