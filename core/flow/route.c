/* route.c - where a record goes that leaves its flow. */
#include "core/flow/engine_priv.h"

const struct hub_targets *route_targets(const struct hub *hub, const struct hub_flow *flow, const struct lg_rec *rec)
{
	const struct hub_ledger *ledger = NULL;

	if (flow->to.count > 0 || rec_object(rec) != LG_VOUCHER)
		return &flow->to;
	ledger = hub_ledger(hub, rec_str(rec, LG_VOUCHER_LEDGER));
	return ledger ? &ledger->to : &flow->to;
}

const struct hub_connection *route_first(const struct hub *hub, const struct hub_targets *targets, lg_str client,
					 const struct hub_connection *after)
{
	const struct hub_connection *reserve = NULL;
	bool passed = after == NULL;

	for (size_t i = 0; i < targets->count; i++) {
		const struct hub_connection *c = hub_target_for(hub, &targets->items[i], client);

		if (passed && c && !connection_left_out(c))
			return c;
		if (after == NULL && reserve == NULL)
			reserve = c;
		passed |= c && c == after;
	}
	return reserve;
}
