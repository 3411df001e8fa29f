#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_class class, const char *id, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return false;
	*err = (struct err){ .class = class };
	snprintf(err->id, sizeof err->id, "%s", id);
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	return false;
}

bool err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return false;
	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	return false;
}

bool err_at(struct err *err, const char *file, int line, int column)
{
	if (err == NULL)
		return false;
	snprintf(err->file, sizeof err->file, "%s", file ? file : "");
	err->line = line;
	err->column = column;
	return false;
}

bool err_prepend(struct err *err, const char *fmt, ...)
{
	char old[sizeof err->msg];
	va_list ap;
	int n;

	if (err == NULL)
		return false;
	memcpy(old, err->msg, sizeof old);
	va_start(ap, fmt);
	n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	/* What does not fit is the innermost part: cut. */
	if (n >= 0 && (size_t)n < sizeof err->msg - 3) {
		size_t at = (size_t)n, room = sizeof err->msg - at - 3;

		memcpy(err->msg + at, ": ", 2);
		old[MIN(room, sizeof old - 1)] = '\0';
		memcpy(err->msg + at + 2, old, strlen(old) + 1);
	}
	return false;
}

size_t err_text(const struct err *err, char *out, size_t size)
{
	int n = 0;

	if (err->file[0] != '\0' && err->line > 0 && err->column > 0)
		n = snprintf(out, size, "%s:%d:%d: ", err->file, err->line, err->column);
	else if (err->file[0] != '\0' && err->line > 0)
		n = snprintf(out, size, "%s:%d: ", err->file, err->line);
	else if (err->file[0] != '\0')
		n = snprintf(out, size, "%s: ", err->file);
	if (n >= 0 && (size_t)n < size)
		n += snprintf(out + n, size - (size_t)n, "%s%s%s%s", err->msg, err->hint[0] ? " (" : "", err->hint,
			      err->hint[0] ? ")" : "");
	return n < 0 ? 0 : MIN((size_t)n, size - 1);
}
