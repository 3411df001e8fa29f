/* register.h - inside of the step: its options, and the parts that its files share. */
#pragma once
#include "loligo.h"
#include "plugins/steps/items.h"

enum register_unknown { REGISTER_PARK, REGISTER_PASS };

struct register_config {
	int64_t unknown_client; /* enum register_unknown */
	bool number_as_reference;
};

/* terms.c: the early-payment discount that a text of payment terms offers; false: none that is sure.
   Knows "#SKONTO#TAGE=7#PROZENT=2.00#", "2% 10 dagar", "10 days 2 %", "2/10 net 30".  A sentence that speaks of
   interest or of a fee offers none. */
bool terms_discount(const struct lg_host *, lg_str terms, lg_dec *percent, int64_t *days);

/* party.c: a key that is the same however the party's number is written; out has ITEMS_TEXT bytes; empty: no party. */
lg_str party_key(const struct lg_host *, const struct lg_rec *party, char *out);
/* Its number for host->client_by_id: legal id, else VAT id. */
lg_str party_number(const struct lg_host *, const struct lg_rec *party);

/* item.c: the open item of an invoice, made in the run's memory; NULL after host->explain. */
struct lg_rec *item_of(const struct lg_host *, struct lg_run *, const struct register_config *,
		       const struct lg_rec *invoice, lg_str client, lg_str contract);
