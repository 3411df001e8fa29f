/* cli.h - the command line: one file a command, results on stdout, talk on stderr. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/conf/hub.h"
#include "core/plugin/loader.h"
#include "core/store/store.h"

#include <stdio.h>

enum cli_format { CLI_TABLE, CLI_JSON, CLI_JSONL };

/* Exit codes: fine; the thing checked or run has problems; wrong usage or unreadable config. */
enum { CLI_OK = 0, CLI_PROBLEM = 1, CLI_USAGE = 2 };

struct cli {
	struct arena arena;
	const char *config; /* path; HUB_DEFAULT when none was given */
	enum cli_format format;
	struct registry registry; /* filled by cli_plugins */
	struct hub *hub;          /* by cli_hub */
	struct diag diag;
	struct store_view *view; /* by cli_view */
	bool ready;
};

struct command {
	const char *name, *usage, *help;                 /* usage: one line a form */
	int (*run)(struct cli *, int argc, char **argv); /* argv[0] is the command's name */
};

/* Each command's own file has it. */
extern const struct command cmd_run, cmd_check, cmd_convert, cmd_records, cmd_show, cmd_why, cmd_work, cmd_effects,
	cmd_report, cmd_plugins, cmd_audit;

/* Loads the plugins: from LOLIGO_PLUGINS, else beside the program, else the installed folder. */
bool cli_plugins(struct cli *);
/* The above and the config; false after having printed what is wrong. */
bool cli_hub(struct cli *);
/* Both, and the store for reading; false after having printed why: for commands that look. */
bool cli_view(struct cli *);
/* Prints the error on stderr; returns the exit code that goes with its class. */
int cli_fail(const struct err *);
/* "usage: loligo ..." on stderr; returns CLI_USAGE. */
int cli_usage(const struct command *);
/* Each form of the command on a line of its own, with `before` in front of it. */
void cli_print_usage(FILE *, const struct command *, const char *before);

/* An option "--name VALUE" or "--name=VALUE" taken out of argv; NULL when absent.  A flag is one without a value. */
const char *cli_option(int *argc, char **argv, const char *name);
bool cli_flag(int *argc, char **argv, const char *name);
/* True when something that looks like an option is left; it was named on stderr. */
bool cli_unknown(int argc, char **argv);

/* ---- rows ---- */

enum column_align { LEFT, RIGHT };
struct column {
	const char *name;  /* of the member in JSON */
	const char *title; /* of the table's column */
	enum column_align align;
};

struct table;

/* Rows come out as cli->format says: a table when all are known, JSON lines as they come, or one JSON list. */
struct table *table_new(struct cli *, const struct column *, size_t columns);
/* One cell after the other; row by row.  Empty cells are absent in JSON. */
void table_cell(struct table *, lg_str text);
void table_cellf(struct table *, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* Raw JSON in JSON output, its text in tables. */
void table_json(struct table *, lg_str json);
/* Prints what is not yet printed; NULL is fine. */
void table_end(struct table **);
/* Number of rows so far. */
size_t table_rows(const struct table *);

/* An amount with at least the digits of its currency; arena of the cli. */
lg_str cli_amount(struct cli *, lg_dec amount, lg_str currency);
lg_str cli_date(struct cli *, lg_date date);
lg_str cli_time(struct cli *, lg_time time);
/* "3 days", "2 h" since then. */
lg_str cli_age(struct cli *, lg_time since);

/* A decision that changes the store: done here when no hub runs, else sent to the hub that runs.  Prints the outcome.
 */
struct decision;
int cli_decide(struct cli *, const struct decision *);
/* Path of the socket of the hub that runs, beside its store. */
const char *cli_socket(struct cli *);
