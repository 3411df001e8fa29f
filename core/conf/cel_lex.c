#include "core/conf/cel_priv.h"

#include "core/base/dec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cel_place(lg_str text, size_t pos, int *line, int *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < pos && i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '\n') {
			++*line;
			*column = 1;
		} else if ((c & 0xc0) != 0x80) { /* not the middle of a character */
			++*column;
		}
	}
}

bool lex_fail(struct lexer *l, size_t pos, const char *fmt, ...)
{
	char msg[400];
	int line, column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	l->token = T_BAD;
	err_set(l->err, ERR_CONFIG, "cel.syntax", "%s", msg);
	cel_place(l->text, pos, &line, &column);
	return err_at(l->err, NULL, line, column);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at an offset from the place, or NUL. */
static char peek(const struct lexer *l, size_t offset)
{
	return l->at + offset < l->text.len ? l->text.ptr[l->at + offset] : '\0';
}

static void skip_blanks(struct lexer *l)
{
	while (l->at < l->text.len) {
		if (strchr(" \t\n\r\f", peek(l, 0)) && peek(l, 0) != '\0') {
			l->at++;
		} else if (peek(l, 0) == '/' && peek(l, 1) == '/') {
			while (l->at < l->text.len && peek(l, 0) != '\n')
				l->at++;
		} else {
			return;
		}
	}
}

/* ---- numbers ---- */

static void digits(struct lexer *l)
{
	while (is_digit(peek(l, 0)))
		l->at++;
}

static bool number(struct lexer *l)
{
	bool fraction = false;

	if (peek(l, 0) == '0' && (peek(l, 1) == 'x' || peek(l, 1) == 'X')) {
		l->at += 2;
		while (hex(peek(l, 0)) >= 0)
			l->at++;
	} else {
		digits(l);
		if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
			l->at++;
			digits(l);
			fraction = true;
		}
		if ((peek(l, 0) | 0x20) == 'e') {
			size_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';

			if (!is_digit(peek(l, 1 + sign)))
				return lex_fail(l, l->at, "an exponent needs digits");
			l->at += 1 + sign;
			digits(l);
			fraction = true;
		}
	}
	if (!fraction && (peek(l, 0) | 0x20) == 'u')
		l->at++;
	if (is_name(peek(l, 0)))
		return lex_fail(l, l->at, "a number ends with \"%c\"", peek(l, 0));
	l->token = T_NUMBER;
	l->name = str_sub(l->text, l->start, l->at - l->start);
	return true;
}

bool lex_number(lg_str text, bool negative, struct cel_value *out)
{
	bool is_uint = (text.ptr[text.len - 1] | 0x20) == 'u';
	bool is_hex = text.len > 1 && (text.ptr[1] | 0x20) == 'x';
	size_t from = is_hex ? 2 : 0, to = text.len - is_uint;
	uint64_t v = 0;
	lg_dec d;

	if (!is_hex &&
	    (memchr(text.ptr, '.', text.len) || memchr(text.ptr, 'e', text.len) || memchr(text.ptr, 'E', text.len))) {
		if (!cel_dec_parse(text, &d))
			return false;
		*out = cel_of_dec(negative ? dec_neg(d) : d);
		return true;
	}
	if (from >= to)
		return false;
	for (size_t i = from; i < to; i++)
		if (__builtin_mul_overflow(v, is_hex ? 16u : 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)hex(text.ptr[i]), &v))
			return false;
	if (is_uint) {
		*out = cel_of_uint(v);
		return !negative || v == 0;
	}
	if (v > (uint64_t)INT64_MAX + negative)
		return false;
	*out = cel_of_int(negative ? (int64_t)-v : (int64_t)v);
	return true;
}

/* ---- texts ---- */

/* The digits of \x.., \u...., \U........ */
static bool code_point(struct lexer *l, size_t n, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		int h = hex(peek(l, 0));

		if (h < 0)
			return lex_fail(l, l->at, "the escape needs %zu hexadecimal digits", n);
		*out = *out << 4 | (uint32_t)h;
		l->at++;
	}
	return true;
}

static bool octal(struct lexer *l, char first, uint32_t *out)
{
	*out = (uint32_t)(first - '0');
	for (int i = 0; i < 2; i++) {
		char c = peek(l, 0);

		if (first > '3' || c < '0' || c > '7')
			return lex_fail(l, l->at, "an octal escape is 000 to 377");
		*out = *out << 3 | (uint32_t)(c - '0');
		l->at++;
	}
	return true;
}

/* \u surrogates come in pairs. */
static bool surrogate(struct lexer *l, uint32_t *code)
{
	uint32_t low;

	if (*code < 0xd800 || *code > 0xdbff)
		return true;
	if (peek(l, 0) != '\\' || peek(l, 1) != 'u')
		return true; /* the check of the code point tells */
	l->at += 2;
	if (!code_point(l, 4, &low))
		return false;
	if (low < 0xdc00 || low > 0xdfff)
		return lex_fail(l, l->at, "half a surrogate pair");
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* Behind the backslash. */
static bool escape(struct lexer *l, bool bytes, struct buf *b)
{
	static const char from[] = "abfnrtv\\?\"'`", to[] = "\a\b\f\n\r\t\v\\?\"'`";
	char c = peek(l, 0);
	const char *simple = c ? strchr(from, c) : NULL;
	size_t place = l->at;
	uint32_t code = 0;
	bool ok;

	l->at++;
	if (simple) {
		buf_char(b, to[simple - from]);
		return true;
	}
	if (c == 'x' || c == 'X')
		ok = code_point(l, 2, &code);
	else if (c >= '0' && c <= '7')
		ok = octal(l, c, &code);
	else if (c == 'u' && !bytes)
		ok = code_point(l, 4, &code) && surrogate(l, &code);
	else if (c == 'U' && !bytes)
		ok = code_point(l, 8, &code);
	else
		return lex_fail(l, place - 1, "there is no escape \\%c%s", c,
				bytes && (c | 0x20) == 'u' ? " in bytes" : "");
	if (!ok)
		return false;
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return lex_fail(l, place - 1, "the escape is no Unicode character");
	if (bytes)
		buf_char(b, (char)code);
	else
		buf_utf8(b, code);
	return true;
}

static bool quoted_body(struct lexer *l, bool raw, bool bytes, struct buf *b)
{
	char q = peek(l, 0);
	bool triple = peek(l, 1) == q && peek(l, 2) == q;

	for (l->at += triple ? 3 : 1;;) {
		char c = peek(l, 0);

		if (l->at >= l->text.len || (!triple && (c == '\n' || c == '\r')))
			return lex_fail(l, l->start, "the text does not end");
		if (c == q && (!triple || (peek(l, 1) == q && peek(l, 2) == q))) {
			l->at += triple ? 3 : 1;
			return true;
		}
		l->at++;
		if (c != '\\' || raw)
			buf_char(b, c);
		else if (!escape(l, bytes, b))
			return false;
	}
}

static bool quoted(struct lexer *l, size_t prefix)
{
	bool raw = false, bytes = false, ok;
	struct buf b = { 0 };

	for (size_t i = 0; i < prefix; i++) {
		raw |= (peek(l, i) | 0x20) == 'r';
		bytes |= (peek(l, i) | 0x20) == 'b';
	}
	l->at += prefix;
	ok = quoted_body(l, raw, bytes, &b);
	if (ok) {
		l->token = bytes ? T_BYTES : T_STRING;
		l->name = arena_str(l->arena, buf_view(&b));
	}
	buf_fini(&b);
	return ok;
}

/* How many letters of r, b, br stand before a quote; 0 with no quote behind them. */
static bool quote_prefix(const struct lexer *l, size_t *n)
{
	size_t i = 0;

	if ((peek(l, i) | 0x20) == 'b')
		i++;
	if ((peek(l, i) | 0x20) == 'r')
		i++;
	*n = i;
	return peek(l, i) == '"' || peek(l, i) == '\'';
}

/* ---- tokens ---- */

static bool backtick(struct lexer *l)
{
	size_t end = l->at + 1;

	while (end < l->text.len && (is_name(l->text.ptr[end]) || strchr(".-/ ", l->text.ptr[end])))
		end++;
	if (end >= l->text.len || l->text.ptr[end] != '`' || end == l->at + 1)
		return lex_fail(l, l->at, "a name in backticks has letters, digits and _ . - / in it");
	l->token = T_QUOTED;
	l->name = str_sub(l->text, l->at + 1, end - l->at - 1);
	l->at = end + 1;
	return true;
}

static bool punctuation(struct lexer *l)
{
	static const char *const all[] = { "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
					   "%",  "!",  "?",  ":",  ".",  ",",  "(", ")", "[", "]", "{", "}" };
	lg_str rest = str_from(l->text, l->at), behind = rest;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_starts(rest, str_of(all[i]))) {
			l->token = T_PUNCT;
			l->name = str_sub(rest, 0, strlen(all[i]));
			l->at += l->name.len;
			return true;
		}
	if (rest.ptr[0] == '=')
		return lex_fail(l, l->at, "\"=\" does not compare, \"==\" does");
	if (rest.ptr[0] == '&' || rest.ptr[0] == '|')
		return lex_fail(l, l->at, "\"%c\" is written twice", rest.ptr[0]);
	utf8_next(&behind);
	return lex_fail(l, l->at, "a character that has no meaning here: \"%.*s\"", (int)(rest.len - behind.len),
			rest.ptr);
}

bool lex_next(struct lexer *l)
{
	size_t prefix;
	char c;

	if (l->token == T_BAD)
		return false;
	skip_blanks(l);
	l->start = l->at;
	if (l->at >= l->text.len) {
		l->token = T_END;
		l->name = STR_NONE;
		return true;
	}
	c = peek(l, 0);
	if (quote_prefix(l, &prefix))
		return quoted(l, prefix);
	if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
		return number(l);
	if (c == '`')
		return backtick(l);
	if (!is_name(c))
		return punctuation(l);
	while (is_name(peek(l, 0)))
		l->at++;
	l->token = T_IDENT;
	l->name = str_sub(l->text, l->start, l->at - l->start);
	return true;
}

bool lex_is(const struct lexer *l, const char *punct)
{
	return l->token == T_PUNCT && str_is(l->name, punct);
}
