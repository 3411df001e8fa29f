/* template.h - texts with fields in them: "vouchers-{ledger}-{series}-{number}.se", "{seller.legal_id.value}".
   `{{` and `}}` stand for a brace.  Only fields that hold one value; no expressions. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/record.h"

/* Checks against the kinds (LG_KIND_BIT), as expressions do: a field must exist in one of them.  `extra`: names beside
   the fields, separated by single blanks, whose values the caller gives ("date contract"); they go before fields of the
   same name; may be NULL. NULL with err (line and column inside text) when it is wrong.  Belongs to the arena. */
struct lg_template *template_compile(struct arena *, lg_str text, uint64_t kinds, const char *extra, struct err *err);

/* Appends the text.  Dates are YYYY-MM-DD, decimals plain, absent fields nothing.  Values come as they are: whoever
   makes a file name of them sees to slashes.  `extra`: values of the extra names, in their order, NULL when there are
   none. */
void template_expand(const struct lg_template *, const struct lg_rec *, const lg_str *extra, struct buf *out);
/* The same for the path of a file: in values, slashes, control characters and a dot in front become '_', so that no
   value leads to another folder. */
void template_expand_path(const struct lg_template *, const struct lg_rec *, struct buf *out);
