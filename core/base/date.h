/* date.h - civil dates (lg_date: days since 1970-01-01, no zone) and instants (lg_time: milliseconds since then, UTC).
   Years 1 to 9999. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

#define DATE_TEXT_MAX 11 /* "2026-11-25" and NUL */
#define TIME_TEXT_MAX 28 /* "2026-11-25T10:00:00.000Z" and NUL */

bool date_from_ymd(int year, int month, int day, lg_date *out); /* false when there is no such day */
void date_to_ymd(lg_date d, int *year, int *month, int *day);
bool date_parse(lg_str s, lg_date *out); /* exactly YYYY-MM-DD */
size_t date_text(lg_date d, char out[DATE_TEXT_MAX]);
int date_weekday(lg_date d); /* 1 = Monday ... 7 = Sunday */
/* Same day n months on, the month's last day when it has no such day. */
lg_date date_add_months(lg_date d, int n);
int date_month_days(int year, int month);

/* RFC 3339 with Z or an offset, 0 to 9 fraction digits (cut to milliseconds); a bare date and a missing offset are
 * refused. */
bool time_parse(lg_str s, lg_time *out);
/* Fraction only when there is one. */
size_t time_text(lg_time t, char out[TIME_TEXT_MAX]);
lg_date time_date(lg_time t); /* the UTC day */
