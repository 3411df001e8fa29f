#include "register.h"

/* Texts for messages. */
#define S(s) (int)(s).len, (s).ptr ? (s).ptr : ""

struct registrar {
	const struct register_config *config;
	const struct lg_host *host;
};

static lg_status open_step(void *state, const void *config, const struct lg_host *host, struct lg_instance *instance)
{
	struct registrar *r = state;

	(void)instance;
	r->config = config;
	r->host = host;
	return LG_OK;
}

static bool same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ---- whose invoice is it ---- */

/* The client by the record's own word or by its seller; false after explain.  A config without clients has one company.
 */
static bool find_client(const struct registrar *r, struct lg_run *run, const struct lg_rec *invoice, lg_str *name,
			lg_str *contract)
{
	const struct lg_host *h = r->host;
	const struct lg_rec *seller = h->rec->obj(invoice, LG_INVOICE_SELLER);
	lg_str number = party_number(h, seller);
	const struct lg_client *c;

	*name = h->rec->str(invoice, LG_COMMON_CLIENT);
	*contract = (lg_str){ 0 };
	c = name->len > 0 ? h->client(run, *name) : number.len > 0 ? h->client_by_id(run, number) : NULL;
	if (c != NULL) {
		*name = c->name;
		*contract = c->contract;
		return true;
	}
	if (h->client_count(run) == 0 || r->config->unknown_client == REGISTER_PASS)
		return true;
	if (name->len > 0)
		h->explain(run, "register.unknown_client",
			   "there is no client \"%.*s\"; add it under `clients`, then release this invoice", S(*name));
	else
		h->explain(
			run, "register.unknown_client",
			"the seller %.*s (%.*s) is none of the clients; add it under `clients` with its legal_id, then "
			"release this invoice",
			S(seller ? h->rec->str(seller, LG_PARTY_NAME) : (lg_str){ 0 }), S(number));
	return false;
}

/* ---- the register ---- */

static void put(const struct registrar *r, struct lg_run *run, lg_str key, const struct lg_rec *item)
{
	struct items_values v;

	items_index(r->host, item, &v);
	r->host->put(run, ITEMS_TABLE, key, item, v.index, v.count);
}

/* Tells those who wait for such a document. */
static void wake(const struct registrar *r, struct lg_run *run, const struct lg_rec *item)
{
	struct items_values v;
	char text[ITEMS_INDEX_MAX][ITEMS_TEXT + 16];
	lg_str topics[ITEMS_INDEX_MAX];
	size_t n = 0;

	items_index(r->host, item, &v);
	for (size_t i = 0; i < v.count; i++) {
		lg_str name = v.index[i].name, value = v.index[i].value;

		if (same(name, LG_STR("client")) || same(name, LG_STR("open")) || same(name, LG_STR("invoice")))
			continue;
		memcpy(text[n], name.ptr, name.len);
		text[n][name.len] = ':';
		memcpy(text[n] + name.len + 1, value.ptr, value.len);
		topics[n] = (lg_str){ text[n], name.len + 1 + value.len };
		n++;
	}
	r->host->wake(run, topics, n);
}

/* The debtor may deduct a discount later, and a part of it is VAT. */
static void keep_taxes(const struct registrar *r, struct lg_run *run, const struct lg_rec *item,
		       const struct lg_rec *invoice)
{
	const struct lg_records *rec = r->host->rec;
	size_t n = rec->count(invoice, LG_INVOICE_TAXES);
	struct lg_rec *kept;

	if (n == 0 || !rec->has(item, LG_OPEN_ITEM_DISCOUNT_PERCENT))
		return;
	kept = r->host->rec_new(run, LG_INVOICE);
	for (size_t i = 0; i < n; i++)
		rec->copy(rec->add_obj(kept, LG_INVOICE_TAXES), rec->obj_at(invoice, LG_INVOICE_TAXES, i));
	r->host->put(run, TAXES_TABLE, rec->str(invoice, LG_COMMON_ID), kept, NULL, 0);
}

/* ---- a number that is there already ---- */

static bool same_content(const struct lg_host *h, const struct lg_rec *a, const struct lg_rec *b)
{
	static const uint16_t texts[] = { LG_OPEN_ITEM_TYPE, LG_OPEN_ITEM_CURRENCY, LG_OPEN_ITEM_DEBTOR };
	lg_dec x = { 0, 0 }, y = { 0, 0 };
	lg_date d = 0, e = 0;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!same(h->rec->str(a, texts[i]), h->rec->str(b, texts[i])))
			return false;
	h->rec->dec(a, LG_OPEN_ITEM_AMOUNT, &x);
	h->rec->dec(b, LG_OPEN_ITEM_AMOUNT, &y);
	h->rec->date(a, LG_OPEN_ITEM_DUE_DATE, &d);
	h->rec->date(b, LG_OPEN_ITEM_DUE_DATE, &e);
	return x.coef == y.coef && x.scale == y.scale && d == e;
}

/* A document that its own source sent again, changed: same connection, same id there. */
static bool same_origin(const struct lg_host *h, const struct lg_rec *a, const struct lg_rec *b)
{
	lg_str id = h->rec->str(a, LG_COMMON_EXTERNAL_ID);

	return id.len > 0 && same(id, h->rec->str(b, LG_COMMON_EXTERNAL_ID)) &&
	       same(h->rec->str(a, LG_COMMON_CONNECTION), h->rec->str(b, LG_COMMON_CONNECTION));
}

static lg_dec negated(lg_dec d)
{
	return (lg_dec){ -d.coef, d.scale };
}

static void say_number_taken(const struct registrar *r, struct lg_run *run, const struct lg_rec *old,
			     const struct lg_rec *invoice, const char *why)
{
	const struct lg_host *h = r->host;
	lg_str number = h->rec->str(invoice, LG_INVOICE_NUMBER);
	char was[64];
	lg_dec amount = { 0, 0 };

	h->rec->dec(old, LG_OPEN_ITEM_AMOUNT, &amount);
	was[h->dec_text(amount, 2, was)] = '\0';
	h->finding(run, invoice, "register.other_content",
		   "\"%.*s\" of this seller is registered already with other content (%s %.*s); %s", S(number), was,
		   S(h->rec->str(old, LG_OPEN_ITEM_CURRENCY)), why);
}

/* A new revision: what is open moves by the difference, what has been decided stays. */
static lg_status revise(const struct registrar *r, struct lg_run *run, lg_str key, const struct lg_rec *old,
			struct lg_rec *item, const struct lg_rec *invoice)
{
	const struct lg_host *h = r->host;
	lg_dec before = { 0, 0 }, now = { 0, 0 }, open = { 0, 0 };
	int64_t level;
	bool fits;

	h->rec->dec(old, LG_OPEN_ITEM_AMOUNT, &before);
	h->rec->dec(old, LG_OPEN_ITEM_OPEN, &open);
	h->rec->dec(item, LG_OPEN_ITEM_AMOUNT, &now);
	fits = h->dec_add(now, negated(before), &now) && h->dec_add(open, now, &open);
	if (!fits || open.coef < 0 ||
	    !same(h->rec->str(old, LG_OPEN_ITEM_CURRENCY), h->rec->str(item, LG_OPEN_ITEM_CURRENCY))) {
		say_number_taken(r, run, old, invoice,
				 "more has been paid than the new revision asks for: undo the allocations first");
		return LG_OK;
	}
	h->rec->set_dec(item, LG_OPEN_ITEM_OPEN, open);
	h->rec->set_str(item, LG_OPEN_ITEM_STATUS, open.coef == 0 ? LG_STR("closed") : LG_STR("open"));
	h->rec->set_str(item, LG_OPEN_ITEM_REVISION_OF, h->rec->str(old, LG_OPEN_ITEM_INVOICE));
	if (h->rec->integer(old, LG_OPEN_ITEM_LEVEL, &level))
		h->rec->set_int(item, LG_OPEN_ITEM_LEVEL, level);
	put(r, run, key, item);
	keep_taxes(r, run, item, invoice);
	wake(r, run, item);
	return h->pass(run);
}

static lg_status known(const struct registrar *r, struct lg_run *run, lg_str key, const struct lg_rec *old,
		       struct lg_rec *item, const struct lg_rec *invoice)
{
	const struct lg_host *h = r->host;
	int64_t had = 1, has = 1;
	bool same_record = same(h->rec->str(old, LG_OPEN_ITEM_INVOICE), h->rec->str(item, LG_OPEN_ITEM_INVOICE));

	h->rec->integer(old, LG_COMMON_REVISION, &had);
	h->rec->integer(item, LG_COMMON_REVISION, &has);
	if (same_record && has == had)
		return h->pass(run); /* the flow runs again */
	if (same_origin(h, old, item))
		return same_record && has < had ? LG_OK : revise(r, run, key, old, item, invoice);
	if (!same_content(h, old, item))
		say_number_taken(r, run, old, invoice,
				 "it was not registered: drop it, or correct its number at the source");
	return LG_OK;
}

static lg_str key_of(const struct lg_host *h, const struct lg_rec *item, char *out, size_t size)
{
	lg_str parts[] = { h->rec->str(item, LG_COMMON_CLIENT), h->rec->str(item, LG_OPEN_ITEM_SELLER),
			   h->rec->str(item, LG_OPEN_ITEM_NUMBER) };
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		if (i > 0)
			out[n++] = '/';
		for (size_t k = 0; k < parts[i].len && n + 3 < size; k++)
			out[n++] = parts[i].ptr[k];
	}
	return (lg_str){ out, n };
}

static lg_status run(void *state, struct lg_run *run_, const struct lg_rec *invoice)
{
	const struct registrar *r = state;
	const struct lg_host *h = r->host;
	char text[1024];
	lg_str client, contract, key;
	const struct lg_rec *old;
	struct lg_rec *item;

	/* What a client buys is not its receivable. */
	if (same(h->rec->str(invoice, LG_INVOICE_DIRECTION), LG_STR("in")))
		return h->pass(run_);
	if (!find_client(r, run_, invoice, &client, &contract))
		return LG_REJECT;
	item = item_of(h, run_, r->config, invoice, client, contract);
	if (item == NULL)
		return LG_REJECT;
	key = key_of(h, item, text, sizeof text);
	old = h->get(run_, ITEMS_TABLE, key);
	if (old != NULL)
		return known(r, run_, key, old, item, invoice);
	put(r, run_, key, item);
	keep_taxes(r, run_, item, invoice);
	wake(r, run_, item);
	return h->pass(run_);
}

static const struct lg_option rows[] = {
	LG_OPTION(struct register_config, unknown_client, LG_T_CHOICE, .choices = "park|pass", .dflt = "park",
		  .doc = "an invoice whose seller is none of the clients: wait for a person, or register it without a "
			 "client"),
	LG_OPTION(struct register_config, number_as_reference, LG_T_BOOL, .dflt = "true",
		  .doc = "an invoice number of four characters or more may also stand in a payment's reference"),
};

static const struct lg_options options = LG_OPTIONS(struct register_config, rows);

static const struct lg_step steps[] = {
	{ .size = sizeof(struct lg_step),
	  .name = "register",
	  .doc = "Invoices and credit notes become open items of their client, and pass on",
	  .takes = LG_KIND_BIT(LG_INVOICE),
	  .options = &options,
	  .state_size = sizeof(struct registrar),
	  .open = open_step,
	  .run = run },
};

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("register", "1.0", "The register of open items"),
	.step_size = sizeof(struct lg_step),
	.step_count = 1,
	.steps = steps,
};
