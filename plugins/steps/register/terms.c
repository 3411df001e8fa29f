#include "register.h"

#define PERCENT_MAX 20
#define DAYS_MAX 90

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does the text have that word (lower case) at this place? */
static bool at_word(lg_str s, size_t at, const char *word)
{
	size_t n = strlen(word);

	if (at + n > s.len)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(s.ptr[at + i]) != word[i])
			return false;
	return true;
}

static size_t find_word(lg_str s, const char *word)
{
	for (size_t i = 0; i < s.len; i++)
		if (at_word(s, i, word))
			return i;
	return s.len;
}

/* A number with a point or a comma; *end is behind it. */
static bool number_at(const struct lg_host *h, lg_str s, size_t at, lg_dec *out, size_t *end)
{
	char text[16];
	size_t n = 0;

	for (; at < s.len && n < sizeof text; at++) {
		bool point =
			(s.ptr[at] == '.' || s.ptr[at] == ',') && n > 0 && at + 1 < s.len && is_digit(s.ptr[at + 1]);

		if (!is_digit(s.ptr[at]) && !point)
			break;
		text[n++] = point ? '.' : s.ptr[at];
	}
	*end = at;
	return n > 0 && n < sizeof text && h->dec_parse((lg_str){ text, n }, out);
}

static size_t skip_blanks(lg_str s, size_t at)
{
	while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t'))
		at++;
	return at;
}

static bool usable(lg_dec percent, lg_dec days)
{
	int64_t whole = percent.coef;

	for (int i = 0; i < percent.scale; i++)
		whole /= 10;
	return percent.coef > 0 && whole < PERCENT_MAX && days.scale == 0 && days.coef > 0 && days.coef <= DAYS_MAX;
}

/* XRechnung (BR-DE-18): #SKONTO#TAGE=n#PROZENT=n.nn# */
static bool skonto(const struct lg_host *h, lg_str s, lg_dec *percent, lg_dec *days)
{
	size_t at = find_word(s, "#skonto#"), end;
	lg_str part = { s.ptr + at, s.len - at };
	size_t d = find_word(part, "tage="), p = find_word(part, "prozent=");

	return at < s.len && number_at(h, part, d + 5, days, &end) && number_at(h, part, p + 8, percent, &end) &&
	       usable(*percent, *days);
}

static const char *const day_words[] = {
	"dag", "day", "tag", "jour", "d\303\255a", "dia", "giorn", "p\xc3\xa4iv", "pv"
};
/* A sentence with one of these speaks of what lateness costs. */
static const char *const cost_words[] = { "r\xc3\xa4nta", "interest",      "zins", "rente",  "int\xc3\xa9r\xc3\xaat",
					  "korko",        "dr\xc3\xb6jsm", "late", "penalt", "avgift",
					  "fee",          "verzug",        "mora" };

static bool has_any(lg_str s, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (find_word(s, words[i]) < s.len)
			return true;
	return false;
}

static bool day_word_at(lg_str s, size_t at)
{
	for (size_t i = 0; i < sizeof day_words / sizeof day_words[0]; i++)
		if (at_word(s, at, day_words[i]))
			return true;
	return false;
}

/* "2% 10 dagar", "10 days 2 %": a percentage and a number of days in one sentence; the days behind it come first. */
static bool percent_and_days(const struct lg_host *h, lg_str s, lg_dec *percent, lg_dec *days)
{
	bool have_percent = false, have_days = false;
	lg_dec n;
	size_t end;

	if (has_any(s, cost_words, sizeof cost_words / sizeof cost_words[0]))
		return false;
	for (size_t at = 0; at < s.len; at++) {
		size_t next;

		if (!is_digit(s.ptr[at]))
			continue;
		if (!number_at(h, s, at, &n, &end))
			return false;
		next = skip_blanks(s, end);
		at = end - 1;
		if (next < s.len && s.ptr[next] == '%' && !have_percent) {
			*percent = n;
			have_percent = true;
		} else if (day_word_at(s, next)) {
			*days = n;
			have_days = true;
			if (have_percent)
				break;
		}
	}
	return have_percent && have_days && usable(*percent, *days);
}

/* "2/10 net 30" */
static bool slash(const struct lg_host *h, lg_str s, lg_dec *percent, lg_dec *days)
{
	size_t at = 0, end;

	while (at < s.len && !is_digit(s.ptr[at]))
		at++;
	if (!number_at(h, s, at, percent, &end) || end >= s.len || s.ptr[end] != '/' ||
	    !number_at(h, s, end + 1, days, &end))
		return false;
	end = skip_blanks(s, end);
	if (end < s.len && s.ptr[end] == ',')
		end = skip_blanks(s, end + 1);
	return (at_word(s, end, "net") || at_word(s, end, "n/")) && usable(*percent, *days);
}

/* Where the sentence ends: a line, a semicolon, a point or a comma with a blank behind it. */
static size_t sentence(lg_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool blank = i + 1 == s.len || s.ptr[i + 1] == ' ' || s.ptr[i + 1] == '\n';

		if (c == '\n' || c == ';' || ((c == '.' || c == ',') && blank))
			return i;
	}
	return s.len;
}

bool terms_discount(const struct lg_host *h, lg_str terms, lg_dec *percent, int64_t *days)
{
	lg_dec n = { 0, 0 };
	bool found = skonto(h, terms, percent, &n) || slash(h, terms, percent, &n);

	while (!found && terms.len > 0) {
		size_t end = sentence(terms), next = end < terms.len ? end + 1 : end;

		found = percent_and_days(h, (lg_str){ terms.ptr, end }, percent, &n);
		terms = (lg_str){ terms.ptr + next, terms.len - next };
	}
	if (found)
		*days = n.coef;
	return found;
}
