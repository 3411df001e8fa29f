/* log.h - talk for people, on stderr.  Only the edges log (engine, host, commands); the layers below hand errors up.
   Safe from any thread: one call is one write. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

void log_level(int level); /* the least important level that is still printed, an enum lg_level */
void log_line(int level, const char *context, const char *fmt, ...) ATTR_PRINTF(3, 4);
