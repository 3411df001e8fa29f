#include "tokens.h"

#include "text.h"

#include <string.h>

#define PIECES_MAX 64
#define RANGE_MAX 20

/* A maximal run of letters and digits. */
struct piece {
	uint16_t at, len;
	bool digits, letters;
	bool dropped; /* part of a date, a telephone number, ... */
	bool keyword; /* the words before it say that it is a number of an invoice */
	char gap;     /* the one character between the piece before and this one; 0: none or several */
};

struct scan {
	lg_str text;
	struct piece p[PIECES_MAX];
	size_t count;
	struct tokens *out;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static lg_str piece_text(const struct scan *s, size_t i)
{
	return (lg_str){ s->text.ptr + s->p[i].at, s->p[i].len };
}

static void split(struct scan *s)
{
	size_t end = 0;

	for (size_t i = 0; i < s->text.len && s->count < PIECES_MAX; i++) {
		struct piece *p = &s->p[s->count];

		if (!is_word(s->text.ptr[i]))
			continue;
		*p = (struct piece){ .at = (uint16_t)i };
		if (s->count > 0 && i == end + 1)
			p->gap = s->text.ptr[end];
		for (; i < s->text.len && is_word(s->text.ptr[i]); i++) {
			p->digits |= is_digit(s->text.ptr[i]);
			p->letters |= !is_digit(s->text.ptr[i]);
		}
		end = i;
		p->len = (uint16_t)(end - p->at);
		s->count++;
	}
}

static int64_t number_of(lg_str s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.len && i < 15; i++)
		v = v * 10 + (s.ptr[i] - '0');
	return v;
}

static bool plain(const struct scan *s, size_t i, size_t len)
{
	return i < s->count && s->p[i].digits && !s->p[i].letters && (len == 0 || s->p[i].len == len);
}

static bool day_and_month(int64_t day, int64_t month)
{
	return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

/* 2026-11-25, 25.11.2026, 25/11-26, 20261125: how many pieces; 0: no date. */
static size_t date_at(const struct scan *s, size_t i)
{
	int64_t a = number_of(piece_text(s, i)), b, c;

	if (plain(s, i, 8) && a / 10000 >= 1990 && a / 10000 < 2100 && day_and_month(a % 100, a / 100 % 100))
		return 1;
	if (!plain(s, i, 0) || i + 2 >= s->count || !plain(s, i + 1, 0) || !plain(s, i + 2, 0) ||
	    s->p[i + 1].gap == 0 || s->p[i + 2].gap == 0 || s->p[i + 1].gap == ' ' || s->p[i + 2].gap == ' ')
		return 0;
	b = number_of(piece_text(s, i + 1));
	c = number_of(piece_text(s, i + 2));
	if (s->p[i + 1].len > 2)
		return 0;
	if (s->p[i].len == 4 && s->p[i + 2].len <= 2 && a >= 1990 && a < 2100)
		return day_and_month(c, b) ? 3 : 0;
	if (s->p[i].len <= 2 && (s->p[i + 2].len == 4 || s->p[i + 2].len == 2))
		return day_and_month(a, b) || day_and_month(b, a) ? 3 : 0;
	return 0;
}

/* 08-123 45 67, +46 70 123 45 67, 0701234567 */
static size_t phone_at(const struct scan *s, size_t i)
{
	size_t at = s->p[i].at;
	bool plus = at > 0 && s->text.ptr[at - 1] == '+' && (at < 2 || s->text.ptr[at - 2] == ' ');
	size_t n = 1, digits = s->p[i].len;

	if (!plain(s, i, 0) || !(plus || (s->text.ptr[s->p[i].at] == '0' && s->p[i].len <= 4)))
		return 0;
	while (plain(s, i + n, 0) && (s->p[i + n].gap == ' ' || s->p[i + n].gap == '-') && s->p[i + n].len <= 7 &&
	       digits < 13)
		digits += s->p[i + n++].len;
	return digits >= 8 && digits <= 13 && (plus || s->p[i + 1].gap == '-') ? n : 0;
}

/* 556036-0793 */
static size_t organisation_at(const struct scan *s, size_t i)
{
	char ten[10];
	int sum = 0;

	if (!plain(s, i, 6) || !plain(s, i + 1, 4) || s->p[i + 1].gap != '-')
		return 0;
	memcpy(ten, piece_text(s, i).ptr, 6);
	memcpy(ten + 6, piece_text(s, i + 1).ptr, 4);
	for (int k = 0; k < 10; k++) {
		int d = (ten[k] - '0') * (k % 2 == 0 ? 2 : 1);

		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0 ? 2 : 0;
}

/* SE4550000000058398257466, also in groups of four */
static size_t iban_at(const struct scan *s, size_t i)
{
	lg_str t = piece_text(s, i);
	size_t n = 1, len = t.len;

	if (t.len < 4 || is_digit(t.ptr[0]) || is_digit(t.ptr[1]) || !is_digit(t.ptr[2]) || !is_digit(t.ptr[3]) ||
	    ((t.ptr[0] | 32) == 'r' && (t.ptr[1] | 32) == 'f'))
		return 0;
	while (t.len == 4 && i + n < s->count && s->p[i + n].gap == ' ' && s->p[i + n].len <= 4 && s->p[i + n].digits)
		len += s->p[i + n++].len;
	return len >= 15 && len <= 34 ? n : 0;
}

/* 123 45 STOCKHOLM: three digits, two digits, a word of letters */
static size_t post_code_at(const struct scan *s, size_t i)
{
	return plain(s, i, 3) && plain(s, i + 1, 2) && s->p[i + 1].gap == ' ' && i + 2 < s->count &&
			       s->p[i + 2].gap == ' ' && !s->p[i + 2].digits && s->p[i + 2].len > 2
		       ? 2
		       : 0;
}

static void drop_noise(struct scan *s)
{
	static size_t (*const kinds[])(const struct scan *, size_t) = { date_at, phone_at, organisation_at, iban_at,
									post_code_at };

	for (size_t i = 0; i < s->count; i++) {
		size_t n = 0;

		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0] && n == 0; k++)
			n = kinds[k](s, i);
		for (size_t k = 0; k < n; k++)
			s->p[i + k].dropped = true;
		if (n > 0)
			i += n - 1;
	}
}

static bool word_in(lg_str word, const char *const *list, size_t n)
{
	char folded[24];
	size_t len = fold_number(word, folded, sizeof folded);

	for (size_t i = 0; i < n; i++)
		if (str_same((lg_str){ folded, len }, str_c(list[i])))
			return true;
	return false;
}

#define WORD_IN(word, list) word_in((word), (list), sizeof(list) / sizeof((list)[0]))

/* "Faktura nr 1001", "inv: 7, 8": the keyword reaches over "nr" and along the list behind it. */
static void mark_keywords(struct scan *s)
{
	static const char *const keys[] = {
		"FAKTURA",   "FAKTUROR", "FAKT",    "FAKTNR",  "FAKTURANR",     "INVOICE",    "INVOICES", "INV",
		"RECHNUNG",  "RENR",     "RGNR",    "FACTURE", "FACTUUR",       "FATTURA",    "FACTURA",  "OCR",
		"OCRNR",     "KID",      "VIITE",   "REF",     "REFERENS",      "F",          "FNR",      "BET",
		"BETALNING", "LASKU",    "REGNING", "KREDIT",  "KREDITFAKTURA", "KREDITNOTA", "CREDIT",   "RE"
	};
	static const char *const links[] = { "NR", "NO", "NUMMER", "NUMBER", "OCH", "AND", "UND", "SAMT", "ET" };
	bool on = false;

	for (size_t i = 0; i < s->count; i++) {
		lg_str t = piece_text(s, i);

		if (!s->p[i].digits)
			on = WORD_IN(t, keys) || (on && WORD_IN(t, links));
		else
			s->p[i].keyword = on;
	}
}

static void add(struct scan *s, const struct token *t)
{
	struct tokens *out = s->out;

	if (t->len < 3 || out->count == TOKENS_MAX)
		return;
	for (size_t i = 0; i < out->count; i++)
		if (str_same(token_text(&out->t[i]), token_text(t))) {
			out->t[i].keyword |= t->keyword;
			return;
		}
	out->t[out->count] = *t;
	out->t[out->count].digits = true;
	for (size_t i = 0; i < t->len; i++)
		out->t[out->count].digits &= is_digit(t->text[i]);
	out->count++;
}

/* Pieces i..i+n-1 as one token. */
static void add_pieces(struct scan *s, size_t i, size_t n)
{
	struct token t = { .at = s->p[i].at, .keyword = s->p[i].keyword, .joined = n > 1 };
	bool digits = false;

	for (size_t k = 0; k < n; k++) {
		t.len += (uint8_t)fold_number(piece_text(s, i + k), t.text + t.len, (size_t)(TOKEN_TEXT - t.len));
		digits |= s->p[i + k].digits;
	}
	t.end = (uint16_t)(s->p[i + n - 1].at + s->p[i + n - 1].len);
	if (digits)
		add(s, &t);
}

/* Digits inside a run with letters: F1234, 1234kr. */
static void add_digit_runs(struct scan *s, size_t i)
{
	lg_str run = piece_text(s, i);

	for (size_t k = 0; k < run.len;) {
		struct token t = { .keyword = s->p[i].keyword, .at = (uint16_t)(s->p[i].at + k) };
		size_t n = 0;

		while (k + n < run.len && is_digit(run.ptr[k + n]))
			n++;
		if (n >= 3 && n < TOKEN_TEXT && n < run.len) {
			memcpy(t.text, run.ptr + k, n);
			t.len = (uint8_t)n;
			t.end = (uint16_t)(t.at + n);
			add(s, &t);
		}
		k += n ? n : 1;
	}
}

/* "1001-1004": the numbers between. */
static void add_range(struct scan *s, size_t i)
{
	int64_t from, to;

	if (!plain(s, i, 0) || s->p[i].len < 3 || s->p[i].len > 15 || !plain(s, i + 1, s->p[i].len) ||
	    s->p[i + 1].gap != '-')
		return;
	from = number_of(piece_text(s, i));
	to = number_of(piece_text(s, i + 1));
	for (int64_t v = from + 1; to > from && to - from <= RANGE_MAX && v < to; v++) {
		struct token t = {
			.at = s->p[i].at, .keyword = s->p[i].keyword, .expanded = true, .len = (uint8_t)s->p[i].len
		};
		int64_t rest = v;

		for (size_t k = t.len; k-- > 0; rest /= 10)
			t.text[k] = (char)('0' + rest % 10);
		t.end = (uint16_t)(s->p[i + 1].at + s->p[i + 1].len);
		add(s, &t);
	}
}

/* "1001, 02, 03": a short piece stands for the end of the number before. */
static void add_suffixes(struct scan *s, size_t i)
{
	for (size_t k = i + 1; plain(s, i, 0) && s->p[i].len >= 4 && plain(s, k, 0) && s->p[k].len < s->p[i].len; k++) {
		struct token t = {
			.at = s->p[k].at, .keyword = s->p[i].keyword, .expanded = true, .len = (uint8_t)s->p[i].len
		};
		lg_str head = piece_text(s, i), tail = piece_text(s, k);
		bool comma =
			s->p[k].at >= 2 && (s->text.ptr[s->p[k].at - 2] == ',' || s->text.ptr[s->p[k].at - 1] == ',');

		if (!(comma || s->p[k].gap == '+' || s->p[k].gap == '/') || tail.len < 2 || head.len >= TOKEN_TEXT)
			return;
		memcpy(t.text, head.ptr, head.len);
		memcpy(t.text + head.len - tail.len, tail.ptr, tail.len);
		t.end = (uint16_t)(s->p[k].at + s->p[k].len);
		add(s, &t);
	}
}

static bool joins(const struct scan *s, size_t i)
{
	char gap = i < s->count ? s->p[i].gap : 0;

	return gap == '-' || gap == '/' || gap == '.' || gap == ' ';
}

/* A reference printed in groups: all neighbours of digits, with RF in front or not. */
static size_t add_groups(struct scan *s, size_t i)
{
	size_t n = 1, len = s->p[i].len;

	while (joins(s, i + n) && s->p[i + n].digits && !s->p[i + n].dropped && len + s->p[i + n].len <= 27)
		len += s->p[i + n++].len;
	if (n > 3 && len >= 10)
		add_pieces(s, i, n);
	return n;
}

void tokens_read(struct tokens *out, lg_str text)
{
	struct scan s = { .text = text, .out = out };

	if (s.text.len > UINT16_MAX)
		s.text.len = UINT16_MAX;
	split(&s);
	mark_keywords(&s);
	drop_noise(&s);
	for (size_t i = 0, grouped = 0; i < s.count; i++) {
		if (s.p[i].dropped || !(s.p[i].digits || joins(&s, i + 1)))
			continue;
		add_pieces(&s, i, 1);
		add_digit_runs(&s, i);
		add_range(&s, i);
		add_suffixes(&s, i);
		for (size_t n = 2; n <= 3 && i + n <= s.count && joins(&s, i + n - 1) && !s.p[i + n - 1].dropped; n++)
			add_pieces(&s, i, n);
		if (i >= grouped)
			grouped = i + add_groups(&s, i);
	}
}
