/* decide.h - what a person decides about something that waits, or about an effect.
   Every decision is journaled with who, when and why.  What it sets going runs with the flows: at once in a hub that
   runs, else at the next run. */
#pragma once
#include "core/base/arena.h"
#include "core/base/str.h"
#include "core/conf/hub.h"
#include "core/store/store.h"

struct decision {
	lg_str what;   /* work.apply, work.undo, work.release, work.drop, effect.retry, effect.confirm, effect.reject */
	lg_str item;   /* record id, bank reference, invoice number, number of a work item, key of an effect */
	lg_str detail; /* for apply: {"apply":[{"invoice":"F1","amount":"10.00"}],"on_account":"5.00"} */
	lg_str who, reason;
	lg_time at; /* when */
};

void decision_copy(struct arena *, struct decision *to, const struct decision *from);
/* The writer's thread, outside of any transaction.  Appends a line for the person to `text`. */
bool decide(struct store *, const struct hub *, const struct decision *, struct buf *text, struct err *);
