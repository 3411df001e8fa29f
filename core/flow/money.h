/* money.h - what a record is about, in money. */
#pragma once
#include "core/base/err.h"
#include "core/model/record.h"

/* Zero and "" for a kind that is about no sum. */
void money_of(const struct lg_rec *, lg_dec *amount, lg_str *currency);
/* False when an amount that books and payments are made of is finer than the smallest coin of its currency. */
bool money_fits(const struct lg_rec *, struct err *);
