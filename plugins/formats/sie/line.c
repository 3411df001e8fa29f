#include "sie.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* A quoted text from s[at], which is behind the quote.  Undoes \" in place.  Returns the place behind the closing
   quote; len + 1 when there is none: then the text goes to the end of the line. */
static size_t quoted(char *s, size_t len, size_t at, lg_str *out)
{
	size_t to = at, from = at;

	for (; from < len && s[from] != '"'; from++) {
		if (s[from] == '\\' && from + 1 < len && s[from + 1] == '"') {
			/* The last quote of a line closes: programs write paths that end in a backslash. */
			if (from + 2 == len) {
				s[to++] = s[from++];
				break;
			}
			from++;
		}
		s[to++] = s[from];
	}
	*out = (lg_str){ s + at, to - at };
	return from + 1;
}

/* The place of the brace that closes the list which s[at] is in; len when there is none. */
static size_t list_end(const char *s, size_t len, size_t at)
{
	bool in_quotes = false;

	for (; at < len; at++) {
		if (s[at] == '"' && (at == 0 || s[at - 1] != '\\'))
			in_quotes = !in_quotes;
		if (s[at] == '}' && !in_quotes)
			break;
	}
	return at;
}

const char *sie_split(char *s, size_t len, struct sie_line *out)
{
	struct sie_field *f;
	size_t at = 0, end;

	out->n = 0;
	out->open = false;
	for (;;) {
		while (at < len && is_space(s[at]))
			at++;
		if (at >= len)
			return NULL;
		if (out->n == SIE_FIELDS_MAX)
			return "the line has too many fields";
		f = &out->f[out->n++];
		f->list = false;
		if (s[at] == '"') {
			at = quoted(s, len, at + 1, &f->text);
			out->open = at > len;
		} else if (s[at] == '{') {
			end = list_end(s, len, at + 1);
			if (end == len)
				return "an object list has no closing brace";
			f->list = true;
			f->text = (lg_str){ s + at + 1, end - at - 1 };
			at = end + 1;
		} else {
			for (end = at; end < len && !is_space(s[end]) && s[end] != '{'; end++)
				;
			f->text = (lg_str){ s + at, end - at };
			at = end;
		}
	}
}

static uint32_t list_crc(uint32_t crc, lg_str inner)
{
	bool in_quotes = false, escaped;

	/* Contents only: separators and quotes do not count, an escaped quote does. */
	for (size_t i = 0; i < inner.len; i++) {
		escaped = inner.ptr[i] == '\\' && i + 1 < inner.len && inner.ptr[i + 1] == '"';
		i += escaped;
		if (inner.ptr[i] == '"' && !escaped)
			in_quotes = !in_quotes;
		else if (in_quotes || !is_space(inner.ptr[i]))
			crc = sie_crc(crc, (lg_str){ inner.ptr + i, 1 });
	}
	return crc;
}

uint32_t sie_line_crc(uint32_t crc, const struct sie_line *l)
{
	for (size_t i = 0; i < l->n; i++)
		crc = l->f[i].list ? list_crc(crc, l->f[i].text) : sie_crc(crc, l->f[i].text);
	return crc;
}
