/* example_connector - hands in a text from its options after a while, and delivers by saying what it got.
   A connector talks to another system.  Its functions run on the loop thread and never block: everything that takes time
   is an op of the host with one callback, which runs exactly once. */
#include <loligo.h>

struct config {
	lg_str text;
	int64_t after;
};

struct state {
	const struct config *config;
	const struct lg_host *host;
	struct lg_instance *self;
	struct lg_op *op; /* at most one call is pending */
	bool told;
};

static const struct lg_option rows[] = {
	LG_OPTION(struct config, text, LG_T_STR, .doc = "the document that is handed in"),
	LG_OPTION(struct config, after, LG_T_DURATION, .dflt = "10ms", .min = 0, .max = 3600000, .doc = "wait before it"),
};
static const struct lg_options options = LG_OPTIONS(struct config, rows);

static const struct lg_operation operations[] = { {
	.size = sizeof(struct lg_operation),
	.name = "say",
	.doc = "writes a line into the log",
	.kinds = ~(uint64_t)0,
	.repeatable = false,
	.probes = true,
	.settles_within_ms = 0,
	.deadline_ms = 1000,
	.batch_max = 10,
} };

static void on_taken(void *ctx, lg_status status, lg_str duplicate_of)
{
	struct state *s = ctx;

	if (status == LG_CANCELED)
		return; /* closing: it is handed in again after the next start */
	s->told = true;
	if (duplicate_of.len > 0)
		s->host->log(s->self, LG_LOG_INFO, "known already");
	s->host->idle(s->self);
}

static void on_timer(void *ctx, lg_status status)
{
	struct state *s = ctx;
	struct lg_document doc = { .size = sizeof doc, .name = LG_STR("text") };

	s->op = NULL;
	if (status != LG_OK)
		return;
	/* LG_FULL: nothing was taken, pull() comes when there is room. */
	s->host->document_bytes(s->self, &doc, s->config->text, on_taken, s);
}

static lg_status connector_open(void *state, const void *config, const struct lg_host *host, struct lg_instance *self)
{
	*(struct state *)state = (struct state){ .config = config, .host = host, .self = self };
	return LG_OK;
}

static void connector_pull(void *state)
{
	struct state *s = state;

	if (s->op == NULL && !s->told)
		s->op = s->host->timer(s->self, s->config->after, on_timer, s);
}

static void connector_deliver(void *state, const struct lg_delivery *d)
{
	struct state *s = state;

	for (uint32_t i = 0; i < d->count; i++) {
		lg_str key = d->effects[i].key;

		s->host->log(s->self, LG_LOG_INFO, "got %.*s", (int)key.len, key.ptr);
		s->host->settle(s->self, d, i, LG_OK, key, (lg_str){ 0 }, 0);
	}
}

/* A log line cannot be taken back or found again: whoever asks is told that it is not there, and says it once more. */
static void connector_probe(void *state, const struct lg_delivery *d)
{
	struct state *s = state;

	for (uint32_t i = 0; i < d->count; i++)
		s->host->probed(s->self, d, i, LG_PROBE_ABSENT, (lg_str){ 0 }, (lg_str){ 0 });
}

static void connector_close(void *state)
{
	struct state *s = state;

	s->host->cancel(s->op);
}

static const struct lg_connector connectors[] = { {
	.size = sizeof(struct lg_connector), .name = "example-echo", .doc = "hands in a text, says what it gets",
	.options = &options, .state_size = sizeof(struct state),
	.operation_size = sizeof operations[0], .operation_count = 1, .operations = operations,
	.open = connector_open, .pull = connector_pull, .deliver = connector_deliver, .probe = connector_probe,
	.close = connector_close,
} };

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("example-connector", "1.0", "an example of a connector"),
	.connector_size = sizeof connectors[0],
	.connector_count = 1,
	.connectors = connectors,
};
