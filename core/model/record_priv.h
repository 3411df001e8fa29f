/* record_priv.h - for implementers of record.h only. */
#pragma once
#include "core/model/record.h"

/* Like rec_set_str, without a copy: v must outlive the record. */
void rec_borrow_str(struct lg_rec *r, uint16_t field, lg_str v);
/* Sets a list of n texts; n must be what the array was made for, a later rec_add_str would not find room. */
void rec_borrow_strs(struct lg_rec *r, uint16_t field, lg_str *strs, size_t n);
/* The arena that the record was made in. */
struct arena *rec_arena(const struct lg_rec *r);
/* Takes the last element of a list of objects away. */
void rec_remove_last(struct lg_rec *r, uint16_t field);
