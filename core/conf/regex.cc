#include "core/conf/regex.h"

#include <cstdio>
#include <re2/re2.h>

/* Nothing here may throw into C: RE2 throws nothing, and an allocation that fails ends the process as elsewhere. */
struct regex {
	RE2 re;

	regex(re2::StringPiece pattern, const RE2::Options &options) : re(pattern, options)
	{
	}
};

extern "C" struct regex *regex_new(const char *pattern, size_t len, char *why, size_t size)
{
	RE2::Options options;
	struct regex *r;

	options.set_log_errors(false);
	options.set_max_mem(REGEX_MEMORY);
	r = new regex(re2::StringPiece(pattern, len), options);
	if (r->re.ok())
		return r;
	snprintf(why, size, "%s", r->re.error().c_str());
	delete r;
	return nullptr;
}

extern "C" void regex_free(struct regex *r)
{
	delete r;
}

extern "C" bool regex_match(const struct regex *r, const char *text, size_t len)
{
	return RE2::PartialMatch(re2::StringPiece(text, len), r->re);
}
