#include "core/base/json.h"

#include <string.h>

/* What may come next. */
enum state { VALUE, FIRST_ELEMENT, FIRST_NAME, AFTER_VALUE, MEMBER_VALUE, DONE };

void json_init(struct json *j, lg_str in, struct arena *arena, struct err *err)
{
	*j = (struct json){ .in = in, .arena = arena, .err = err, .state = VALUE };
}

bool json_place(const struct json *j, size_t at)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < at && i < j->in.len; i++) {
		column++;
		if (j->in.ptr[i] == '\n') {
			line++;
			column = 1;
		}
	}
	if (j->err) {
		j->err->line = line;
		j->err->column = column;
	}
	return false;
}

static enum json_type bad(struct json *j, size_t at, const char *what)
{
	err_set(j->err, ERR_REJECT, "json.syntax", "invalid JSON: %s", what);
	json_place(j, at);
	return JSON_BAD;
}

static void skip_space(struct json *j)
{
	while (j->at < j->in.len && (j->in.ptr[j->at] == ' ' || j->in.ptr[j->at] == '\n' || j->in.ptr[j->at] == '\r' ||
				     j->in.ptr[j->at] == '\t'))
		j->at++;
}

static int hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9'   ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* One escape at s[*i] == '\\'; false when malformed. */
static bool unescape(lg_str s, size_t *i, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p;
	int code, low;

	if (*i + 1 >= s.len)
		return false;
	if (s.ptr[*i + 1] != 'u') {
		p = strchr(from, s.ptr[*i + 1]);
		if (p == NULL || *p == '\0')
			return false;
		buf_char(out, to[p - from]);
		*i += 2;
		return true;
	}
	if (*i + 6 > s.len || (code = hex4(s.ptr + *i + 2)) <= 0)
		return false;
	*i += 6;
	if (code >= 0xd800 && code < 0xe000) {
		if (code >= 0xdc00 || *i + 6 > s.len || s.ptr[*i] != '\\' || s.ptr[*i + 1] != 'u')
			return false;
		low = hex4(s.ptr + *i + 2);
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		*i += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	buf_utf8(out, (uint32_t)code);
	return true;
}

static bool decode(struct json *j, lg_str raw, lg_str *text)
{
	struct buf b = { 0 };
	bool ok = true;

	for (size_t i = 0; i < raw.len && ok;) {
		if (raw.ptr[i] == '\\')
			ok = unescape(raw, &i, &b);
		else
			buf_char(&b, raw.ptr[i++]);
	}
	if (ok)
		*text = arena_str(j->arena, buf_view(&b));
	buf_fini(&b);
	return ok;
}

static enum json_type string(struct json *j, enum json_type type, lg_str *text)
{
	size_t from = ++j->at;
	bool escaped = false;
	lg_str raw;

	for (; j->at < j->in.len && j->in.ptr[j->at] != '"'; j->at++) {
		unsigned char c = (unsigned char)j->in.ptr[j->at];

		if (c < 0x20)
			return bad(j, j->at, "a control character in a text");
		if (c == '\\') {
			escaped = true;
			j->at++;
		}
	}
	if (j->at >= j->in.len)
		return bad(j, from - 1, "a text that does not end");
	raw = str_sub(j->in, from, j->at - from);
	j->at++;
	if (!str_is_utf8(raw))
		return bad(j, from, "a text that is not UTF-8");
	*text = raw;
	if (escaped && !decode(j, raw, text))
		return bad(j, from, "a bad escape in a text");
	return type;
}

static size_t digits(struct json *j)
{
	size_t from = j->at;

	while (j->at < j->in.len && j->in.ptr[j->at] >= '0' && j->in.ptr[j->at] <= '9')
		j->at++;
	return j->at - from;
}

static bool peek(const struct json *j, char c)
{
	return j->at < j->in.len && j->in.ptr[j->at] == c;
}

static enum json_type number(struct json *j, lg_str *text)
{
	size_t from = j->at, n;
	bool zero;

	if (peek(j, '-'))
		j->at++;
	zero = peek(j, '0');
	n = digits(j);
	if (n == 0 || (zero && n > 1))
		return bad(j, from, "not a value");
	if (peek(j, '.')) {
		j->at++;
		if (digits(j) == 0)
			return bad(j, from, "a number without digits behind its point");
	}
	if (peek(j, 'e') || peek(j, 'E')) {
		j->at++;
		if (peek(j, '+') || peek(j, '-'))
			j->at++;
		if (digits(j) == 0)
			return bad(j, from, "a number without an exponent");
	}
	*text = str_sub(j->in, from, j->at - from);
	return JSON_NUMBER;
}

static enum json_type word(struct json *j)
{
	static const struct {
		const char *text;
		enum json_type type;
	} words[] = { { "null", JSON_NULL }, { "true", JSON_TRUE }, { "false", JSON_FALSE } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		lg_str w = str_of(words[i].text);

		if (str_starts(str_from(j->in, j->at), w)) {
			j->at += w.len;
			return words[i].type;
		}
	}
	return bad(j, j->at, "not a value");
}

static enum json_type open(struct json *j, bool object)
{
	if (j->depth >= JSON_DEPTH_MAX)
		return bad(j, j->at, "nested too deeply");
	j->at++;
	j->objects = object ? j->objects | (uint64_t)1 << j->depth : j->objects & ~((uint64_t)1 << j->depth);
	j->depth++;
	j->state = object ? FIRST_NAME : FIRST_ELEMENT;
	return object ? JSON_OBJECT : JSON_ARRAY;
}

static bool in_object(const struct json *j)
{
	return j->depth > 0 && (j->objects >> (j->depth - 1) & 1);
}

static void after_value(struct json *j)
{
	j->state = j->depth > 0 ? AFTER_VALUE : DONE;
}

static enum json_type value(struct json *j, lg_str *text)
{
	enum json_type t;
	char c;

	if (j->at >= j->in.len)
		return bad(j, j->at, "the text ends too early");
	c = j->in.ptr[j->at];
	if (c == '{' || c == '[')
		return open(j, c == '{');
	t = c == '"' ? string(j, JSON_STRING, text) : c == '-' || (c >= '0' && c <= '9') ? number(j, text) : word(j);
	after_value(j);
	return t;
}

static enum json_type close(struct json *j)
{
	enum json_type t = in_object(j) ? JSON_OBJECT_END : JSON_ARRAY_END;

	j->at++;
	j->depth--;
	after_value(j);
	return t;
}

static enum json_type name(struct json *j, lg_str *text)
{
	enum json_type t;

	if (!peek(j, '"'))
		return bad(j, j->at, "a member needs a name in quotes");
	t = string(j, JSON_NAME, text);
	if (t == JSON_BAD)
		return t;
	skip_space(j);
	if (!peek(j, ':'))
		return bad(j, j->at, "a colon is missing behind a name");
	j->at++;
	j->state = MEMBER_VALUE;
	return t;
}

enum json_type json_next(struct json *j, lg_str *text)
{
	skip_space(j);
	j->start = j->at;
	switch ((enum state)j->state) {
	case FIRST_ELEMENT:
		if (peek(j, ']'))
			return close(j);
		return value(j, text);
	case FIRST_NAME:
		return peek(j, '}') ? close(j) : name(j, text);
	case AFTER_VALUE:
		if (peek(j, in_object(j) ? '}' : ']'))
			return close(j);
		if (!peek(j, ','))
			return bad(j, j->at, j->at < j->in.len ? "a comma is missing" : "the text ends too early");
		j->at++;
		skip_space(j);
		j->start = j->at;
		return in_object(j) ? name(j, text) : value(j, text);
	case DONE:
		return j->at >= j->in.len ? JSON_END : bad(j, j->at, "something stands behind the value");
	case VALUE:
	case MEMBER_VALUE:
		break;
	}
	return value(j, text);
}

bool json_skip(struct json *j, enum json_type t, lg_str *raw)
{
	size_t from = j->start;
	int depth = j->depth;
	lg_str text;

	if (t == JSON_OBJECT || t == JSON_ARRAY)
		while (j->depth >= depth)
			if ((t = json_next(j, &text)) == JSON_BAD)
				return false;
	if (raw)
		*raw = str_sub(j->in, from, j->at - from);
	return t != JSON_BAD;
}

void json_quote(struct buf *b, lg_str s)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	buf_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_bytes(b, s.ptr + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r') {
			buf_char(b, '\\');
			buf_char(b, c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : (char)c);
		} else {
			buf_cstr(b, "\\u00");
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
	buf_bytes(b, s.ptr + from, s.len - from);
	buf_char(b, '"');
}
