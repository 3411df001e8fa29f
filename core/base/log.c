#include "core/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int threshold = LG_LOG_INFO;

void log_level(int level)
{
	atomic_store(&threshold, level);
}

void log_line(int level, const char *context, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	char line[1200];
	va_list ap;
	int n;

	if (level > atomic_load(&threshold) || level < 0 || level > LG_LOG_DEBUG)
		return;
	n = snprintf(line, sizeof line, "%s: %s%s", names[level], context ? context : "", context ? ": " : "");
	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < sizeof line - 1)
		n += vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	va_end(ap);
	n = MIN(n, (int)sizeof line - 2);
	line[n] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n + 1) < 0)
		return; /* nobody is listening: there is nowhere to say so */
}
