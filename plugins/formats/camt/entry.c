/* An entry and its details become transactions: one a detail if the details sum to the entry, else one for the entry.
 */
#include "camt.h"

#include <stdio.h>
#include <string.h>

#define HINT_DETAILS "it is taken as a whole, its details are not payments of their own"

/* What the entry has from its statement, as far as that has said it; first, because these fields come first. */
static void take_statement(struct camt *c, struct lg_rec *to)
{
	const struct lg_records *rec = c->rec;
	const struct lg_rec *account = rec->obj(c->st.rec, LG_STATEMENT_ACCOUNT);

	if (account && !rec->has(to, LG_TRANSACTION_ACCOUNT))
		rec->copy(rec->add_obj(to, LG_TRANSACTION_ACCOUNT), account);
	if (!rec->has(to, LG_TRANSACTION_STATEMENT_ID))
		rec->set_str(to, LG_TRANSACTION_STATEMENT_ID, rec->str(c->st.rec, LG_STATEMENT_STATEMENT_ID));
}

/* ---- the entry's own elements ---- */

lg_status on_entry_start(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct detail *details = c->entry.details;

	statement_begin(c);
	c->entry = (struct entry){ .rec = at->rec, .offset = at->offset, .line = at->line, .details = details };
	take_statement(c, at->rec);
	return LG_OK;
}

lg_status on_entry_amount(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	c->entry.amount = money_of(c, at->rec);
	return LG_OK;
}

/* Of an entry or of a detail. */
lg_status on_side(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	enum side side = same_text(at->text, "CRDT")   ? SIDE_CREDIT
			 : same_text(at->text, "DBIT") ? SIDE_DEBIT
						       : SIDE_NONE;

	if (side == SIDE_NONE)
		return camt_refuse(at, "camt.side", "\"%.*s\" is neither CRDT nor DBIT",
				   (int)(at->text.len < 20 ? at->text.len : 20), at->text.ptr);
	if (c->now.rec)
		c->now.side = side;
	else
		c->entry.side = side;
	return LG_OK;
}

lg_status on_status(const struct lg_xml_at *at)
{
	static const struct {
		const char *wire, *status;
	} known[] = {
		{ "BOOK", "booked" },
		{ "PDNG", "pending" },
		{ "FUTR", "pending" },
		{ "INFO", "info" },
	};
	struct camt *c = camt_of(at);
	const char *status = "info";
	bool found = false;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (same_text(at->text, known[i].wire)) {
			status = known[i].status;
			found = true;
		}
	if (!found)
		at->read->finding(at->read->job, "camt.status", at->line,
				  "the status \"%.*s\" is not known: the entry is taken as information, not as money",
				  (int)(at->text.len < 20 ? at->text.len : 20), at->text.ptr);
	c->rec->set_str(c->entry.rec, LG_TRANSACTION_STATUS, (lg_str){ status, strlen(status) });
	return LG_OK;
}

/* An entry has one batch; where a bank gives several groups of details, they are added up. */
lg_status on_batch_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct lg_rec *batch = c->rec->add_obj(c->entry.rec, LG_TRANSACTION_BATCH);
	int64_t count, more;
	lg_dec amount, other, sum;
	bool had_count = c->rec->integer(batch, LG_BATCH_COUNT, &count);
	bool had_amount = c->rec->dec(batch, LG_BATCH_AMOUNT, &amount);

	if (had_count && c->rec->integer(at->rec, LG_BATCH_COUNT, &more) && is_count(count) && is_count(more))
		c->rec->set_int(at->rec, LG_BATCH_COUNT, count + more);
	if (had_amount && c->rec->dec(at->rec, LG_BATCH_AMOUNT, &other) && at->read->host->dec_add(amount, other, &sum))
		c->rec->set_dec(at->rec, LG_BATCH_AMOUNT, sum);
	c->rec->copy(batch, at->rec);
	return LG_OK;
}

/* ---- details: held until the entry's end ---- */

static void drop(struct camt *c, struct lg_rec *rec)
{
	c->r->host->rec_drop(c->r->job, rec);
}

lg_status on_detail_start(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	if (c->entry.side == SIDE_NONE)
		return camt_refuse(at, "camt.side",
				   "the entry does not say before its details whether it is CRDT or DBIT");
	c->now = (struct detail){ .rec = at->rec, .side = c->entry.side, .line = at->line };
	text_clear(&c->remittance);
	text_clear(&c->reason);
	return LG_OK;
}

/* The amount at a place; PLACES: the first place that has the entry's currency. */
static bool amount_at(const struct entry *e, const struct detail *d, enum amount_place place, lg_dec *out)
{
	for (size_t i = 0; i < PLACES; i++) {
		if ((place != PLACES && i != place) || !d->amounts[i].ccy[0] ||
		    !same_ccy(d->amounts[i].ccy, e->amount.ccy))
			continue;
		*out = d->amounts[i].amount;
		return true;
	}
	return false;
}

static lg_dec signed_amount(lg_dec amount, enum side side)
{
	return side == SIDE_DEBIT ? negative(amount) : amount;
}

/* Sum of what is held; false: not all have an amount there. */
static bool sum_at(const struct camt *c, enum amount_place place, lg_dec *out)
{
	lg_dec sum = { 0, 0 }, amount;

	for (size_t i = 0; i < c->entry.held; i++) {
		const struct detail *d = &c->entry.details[i];

		if (!amount_at(&c->entry, d, place, &amount) ||
		    !c->r->host->dec_add(sum, signed_amount(amount, d->side), &sum))
			return false;
	}
	*out = sum;
	return true;
}

/* The batch is the entry's; a detail may name its own part of it. */
static void inherit_batch(const struct camt *c, struct lg_rec *to)
{
	const struct lg_rec *from = c->rec->obj(c->entry.rec, LG_TRANSACTION_BATCH);
	const struct lg_rec *own = c->rec->obj(to, LG_TRANSACTION_BATCH);
	lg_str id = own ? c->rec->str(own, LG_BATCH_ID) : (lg_str){ 0 };
	struct lg_rec *batch;

	if (from == NULL)
		return;
	batch = c->rec->add_obj(to, LG_TRANSACTION_BATCH);
	c->rec->copy(batch, from);
	if (id.len)
		c->rec->set_str(batch, LG_BATCH_ID, id);
}

/* What the entry says of each of its details, where they do not say it themselves. */
static void inherit(const struct camt *c, struct lg_rec *to)
{
	static const uint16_t texts[] = { LG_TRANSACTION_STATEMENT_ID,   LG_TRANSACTION_STATUS,
					  LG_TRANSACTION_BANK_REFERENCE, LG_TRANSACTION_ENTRY_REFERENCE,
					  LG_TRANSACTION_TYPE,           LG_TRANSACTION_CURRENCY };
	static const uint16_t days[] = { LG_TRANSACTION_BOOKING_DATE, LG_TRANSACTION_VALUE_DATE };
	static const uint16_t objects[] = { LG_TRANSACTION_ACCOUNT, LG_TRANSACTION_CODE };
	const struct lg_records *rec = c->rec;
	const struct lg_rec *from = c->entry.rec;
	lg_date day;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!rec->has(to, texts[i]))
			rec->set_str(to, texts[i], rec->str(from, texts[i]));
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
		if (rec->date(from, days[i], &day))
			rec->set_date(to, days[i], day);
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
		if (rec->has(from, objects[i]) && !rec->has(to, objects[i]))
			rec->copy(rec->add_obj(to, objects[i]), rec->obj(from, objects[i]));
	inherit_batch(c, to);
	if (rec->has(from, LG_TRANSACTION_REVERSAL))
		rec->set_bool(to, LG_TRANSACTION_REVERSAL, rec->boolean(from, LG_TRANSACTION_REVERSAL));
}

/* The entry's charges stand on its first detail, unless details have their own; its notes concern each. */
static void inherit_rest(const struct camt *c, struct lg_rec *to, bool first)
{
	const struct lg_rec *from = c->entry.rec;
	size_t charges = c->rec->count(from, LG_TRANSACTION_CHARGES);

	for (size_t i = 0; i < c->rec->count(from, LG_TRANSACTION_NOTES); i++)
		c->rec->add_str(to, LG_TRANSACTION_NOTES, c->rec->str_at(from, LG_TRANSACTION_NOTES, i));
	if (!first || c->rec->has(to, LG_TRANSACTION_CHARGES) || charges == 0)
		return;
	for (size_t i = 0; i < charges; i++)
		c->rec->copy(c->rec->add_obj(to, LG_TRANSACTION_CHARGES),
			     c->rec->obj_at(from, LG_TRANSACTION_CHARGES, i));
	if (c->rec->boolean(from, LG_TRANSACTION_CHARGES_INCLUDED))
		c->rec->set_bool(to, LG_TRANSACTION_CHARGES_INCLUDED, true);
}

static void set_side(const struct camt *c, struct lg_rec *rec, enum side side)
{
	c->rec->set_str(rec, LG_TRANSACTION_SIDE, side == SIDE_CREDIT ? LG_STR("credit") : LG_STR("debit"));
}

/* The bank's reference of the line is that of the entry; a detail's own is the next best. */
static void settle_reference(const struct camt *c, struct lg_rec *rec)
{
	if (!c->rec->has(rec, LG_TRANSACTION_BANK_REFERENCE))
		c->rec->set_str(rec, LG_TRANSACTION_BANK_REFERENCE, c->rec->str(rec, LG_TRANSACTION_DETAIL_REFERENCE));
}

/* Emits what is held, as details of their own.  `opposite`: the bank gives the sides of what is reversed. */
static lg_status emit_held(struct camt *c, enum amount_place place, bool opposite)
{
	struct entry *e = &c->entry;
	size_t first = e->count - e->held;

	for (size_t i = 0; i < e->held; i++) {
		struct detail *d = &e->details[i];
		enum side side = opposite ? (d->side == SIDE_CREDIT ? SIDE_DEBIT : SIDE_CREDIT) : d->side;
		lg_dec amount = { 0, 0 };
		lg_status st;

		amount_at(e, d, place, &amount);
		inherit(c, d->rec);
		inherit_rest(c, d->rec, first + i == 0);
		settle_reference(c, d->rec);
		if (amount.coef < 0)
			side = side == SIDE_CREDIT ? SIDE_DEBIT : SIDE_CREDIT;
		set_side(c, d->rec, side);
		c->rec->set_dec(d->rec, LG_TRANSACTION_AMOUNT, positive(amount));
		c->rec->set_dec(d->rec, LG_TRANSACTION_ENTRY_AMOUNT, e->amount.amount);
		c->rec->set_int(d->rec, LG_TRANSACTION_DETAIL, (int64_t)(first + i + 1));
		if (e->count <= DETAILS_HELD)
			c->rec->set_int(d->rec, LG_TRANSACTION_DETAILS, (int64_t)e->count);
		st = camt_emit(c, d->rec, d->line);
		if (st != LG_OK)
			return st;
	}
	e->held = 0;
	return LG_OK;
}

static void complete_entry(struct camt *c);

/* More details than can be held back: they are emitted, and if they do not sum to the entry the document is refused. */
static lg_status stream_held(struct camt *c)
{
	lg_dec sum;

	if (!sum_at(c, PLACES, &sum) || !c->r->host->dec_add(c->entry.streamed, sum, &c->entry.streamed))
		c->entry.unclear = true;
	complete_entry(c);
	return emit_held(c, PLACES, false);
}

lg_status on_detail_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct entry *e = &c->entry;
	struct lg_rec *rec = c->now.rec;

	if (c->remittance.len)
		c->rec->set_str(rec, LG_TRANSACTION_REMITTANCE, text_view(&c->remittance));
	if (c->reason.len)
		c->rec->set_str(c->rec->add_obj(rec, LG_TRANSACTION_RETURN), LG_RETURN_TEXT, text_view(&c->reason));
	if (e->held == DETAILS_HELD) {
		lg_status st = stream_held(c);

		if (st != LG_OK)
			return st;
	}
	e->details[e->held++] = c->now;
	e->count++;
	c->now.rec = NULL;
	return LG_OK;
}

/* ---- the end of the entry ---- */

static void incomplete(const struct camt *c, const char *why)
{
	char text[LG_DEC_TEXT];

	c->r->host->dec_text(c->entry.amount.amount, c->r->host->currency_digits((lg_str){ c->entry.amount.ccy, 3 }),
			     text);
	c->r->finding(c->r->job, "camt.details_incomplete", c->entry.line, "the entry of %s %s %s (" HINT_DETAILS ")",
		      text, c->entry.amount.ccy, why);
}

static void drop_held(struct camt *c)
{
	for (size_t i = 0; i < c->entry.held; i++)
		drop(c, c->entry.details[i].rec);
	c->entry.held = 0;
}

static lg_status emit_whole(struct camt *c)
{
	settle_reference(c, c->entry.rec);
	return camt_emit(c, c->entry.rec, c->entry.line);
}

/* Does its amount say something else than the entry's?  Charges and exchange explain a difference of the others. */
static bool contradicts(const struct entry *e, const struct detail *d)
{
	lg_dec amount;
	bool other = false;

	for (int place = 0; place < PLACES; place++) {
		if (!amount_at(e, d, (enum amount_place)place, &amount))
			continue;
		if (same_dec(positive(amount), e->amount.amount))
			return false;
		other = other || place == PLACE_OWN || place == PLACE_TX;
	}
	return other;
}

static lg_status emit_single(struct camt *c)
{
	struct entry *e = &c->entry;
	const struct lg_rec *batch = c->rec->obj(e->rec, LG_TRANSACTION_BATCH);
	int64_t count = 0;
	bool whole = !contradicts(e, &e->details[0]);

	if (batch)
		c->rec->integer(batch, LG_BATCH_COUNT, &count);
	if (!whole)
		incomplete(c, "has one detail of another amount");
	whole = whole && count <= 1; /* else it sums a batch up, whose details are elsewhere */
	c->rec->copy(e->rec, e->details[0].rec);
	drop_held(c);
	c->rec->set_int(e->rec, LG_TRANSACTION_DETAILS, 1);
	if (whole) {
		c->rec->set_int(e->rec, LG_TRANSACTION_DETAIL, 1);
		c->rec->set_dec(e->rec, LG_TRANSACTION_ENTRY_AMOUNT, e->amount.amount);
	}
	return emit_whole(c);
}

static lg_status emit_several(struct camt *c)
{
	struct entry *e = &c->entry;
	lg_dec expected = signed_amount(e->amount.amount, e->side), sum;
	bool any = false;

	for (int i = 0; i <= PLACES; i++) {
		enum amount_place place = i == 0 ? PLACES : (enum amount_place)(i - 1);

		if (!sum_at(c, place, &sum))
			continue;
		any = true;
		if (same_dec(sum, expected) || same_dec(negative(sum), expected)) {
			lg_status st = emit_held(c, place, !same_dec(sum, expected));

			drop(c, e->rec);
			return st;
		}
	}
	incomplete(c, any ? "is not the sum of its details" : "has details without an amount in its currency");
	drop_held(c);
	c->rec->set_int(e->rec, LG_TRANSACTION_DETAILS, (int64_t)e->count);
	return emit_whole(c);
}

static lg_status emit_streamed(struct camt *c, const struct lg_xml_at *at)
{
	struct entry *e = &c->entry;
	lg_dec expected = signed_amount(e->amount.amount, e->side);
	lg_status st = stream_held(c);

	if (st != LG_OK)
		return st;
	drop(c, e->rec);
	if (!e->unclear && same_dec(e->streamed, expected))
		return LG_OK;
	return camt_refuse(at, "camt.details",
			   "the %zu details of the entry do not sum to it (ask the bank for a corrected file)",
			   e->count);
}

/* Its amount, and what stands behind it or is only now known. */
static void complete_entry(struct camt *c)
{
	const struct lg_records *rec = c->rec;
	struct entry *e = &c->entry;

	if (e->amount.amount.coef < 0) {
		e->amount.amount = positive(e->amount.amount);
		e->side = e->side == SIDE_CREDIT ? SIDE_DEBIT : SIDE_CREDIT;
	}
	rec->set_dec(e->rec, LG_TRANSACTION_AMOUNT, e->amount.amount);
	rec->set_str(e->rec, LG_TRANSACTION_CURRENCY, (lg_str){ e->amount.ccy, strlen(e->amount.ccy) });
	rec->set_str(e->rec, LG_TRANSACTION_TYPE, (lg_str){ c->type, strlen(c->type) });
	take_statement(c, e->rec);
	set_side(c, e->rec, e->side);
	if (!rec->has(e->rec, LG_TRANSACTION_STATUS))
		rec->set_str(e->rec, LG_TRANSACTION_STATUS, LG_STR("booked"));
}

static lg_status check_entry(struct camt *c, const struct lg_xml_at *at)
{
	const struct money *m = &c->entry.amount;
	int digits = digits_of(c, m->ccy);

	if (m->ccy[0] == '\0')
		return camt_refuse(at, "camt.amount", "the entry has no amount with a currency");
	if (c->entry.side == SIDE_NONE)
		return camt_refuse(at, "camt.side", "the entry does not say whether it is CRDT or DBIT");
	if (m->amount.scale > digits)
		return camt_refuse(at, "camt.decimals",
				   "an amount in %s has at most %d decimals, this entry's has %d "
				   "(ask the bank for a corrected file)",
				   m->ccy, digits, m->amount.scale);
	return LG_OK;
}

lg_status on_entry_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct entry *e = &c->entry;
	lg_status st = check_entry(c, at);
	bool booked;

	if (st != LG_OK)
		return st;
	complete_entry(c);
	booked = same_text(c->rec->str(e->rec, LG_TRANSACTION_STATUS), "booked");
	if (!totals_add(c, &c->st.totals, &e->amount, e->side, booked))
		return camt_refuse(at, "camt.totals",
				   "the entries are in too many currencies, or their sum has too many digits");
	if (e->count == 0)
		st = emit_whole(c);
	else if (e->count == 1)
		st = emit_single(c);
	else if (e->count <= DETAILS_HELD)
		st = emit_several(c);
	else
		st = emit_streamed(c, at);
	e->rec = NULL;
	return st;
}
