/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of cgroupfs and procfs files, read line by line with sscanf and strtok: slow and plain on purpose.
 */
#include "parity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void figures_add(struct figures *f, const char *instance, size_t instance_len, const char *text, size_t len)
{
	struct figure *more = reallocarray(f->at, f->n + 1, sizeof(*more));
	struct figure *one;

	if (!more)
		abort();
	f->at = more;
	one = &more[f->n++];
	memset(one, 0, sizeof(*one));
	snprintf(one->instance, sizeof(one->instance), "%.*s", (int)instance_len, instance);
	snprintf(one->text, sizeof(one->text), "%.*s", (int)len, text);
}

void figures_number(struct figures *f, const char *instance, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	figures_add(f, instance, strlen(instance), text, strlen(text));
	f->at[f->n - 1].value = value;
}

void figures_free(struct figures *f)
{
	free(f->at);
	*f = (struct figures){0};
}

const struct figure *figures_find(const struct figures *f, const char *instance)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->at[i].instance, instance) == 0)
			return &f->at[i];
	return NULL;
}

/* Runs `each` over the lines of a copy of the text, which it may cut up. */
static void each_line(const char *text, const char *key, struct figures *out,
		      void (*each)(char *line, const char *key, struct figures *out))
{
	char *copy = strdup(text);
	char *state = NULL;

	for (char *line = copy ? strtok_r(copy, "\n", &state) : NULL; line;
	     line = strtok_r(NULL, "\n", &state))
		each(line, key, out);
	free(copy);
}

void pick_single(const char *text, struct figures *out)
{
	figures_add(out, "", 0, text, strcspn(text, "\n"));
}

void pick_word(const char *text, unsigned nth, struct figures *out)
{
	for (unsigned i = 0; i < nth; i++) {
		text += strcspn(text, " \n");
		text += strspn(text, " ");
	}
	if (strcspn(text, " \n"))
		figures_add(out, "", 0, text, strcspn(text, " \n"));
}

static void flat_line(char *line, const char *key, struct figures *out)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len) == 0 && line[len] == ' ')
		figures_add(out, "", 0, line + len + 1, strlen(line + len + 1));
}

void pick_flat(const char *text, const char *key, struct figures *out)
{
	each_line(text, key, out, flat_line);
}

/* key "some avg10", line "some avg10=0.00 avg60=…" */
static void pressure_line(char *line, const char *key, struct figures *out)
{
	char kind[8];
	char what[16];
	char wanted[24];
	const char *found;

	if (sscanf(key, "%7s %15s", kind, what) != 2 || strncmp(line, kind, strlen(kind)) != 0)
		return;
	snprintf(wanted, sizeof(wanted), " %s=", what);
	found = strstr(line, wanted);
	if (found)
		figures_add(out, "", 0, found + strlen(wanted), strcspn(found + strlen(wanted), " "));
}

void pick_pressure(const char *text, const char *key, struct figures *out)
{
	each_line(text, key, out, pressure_line);
}

/* "default 100", or the number alone */
void pick_weight(const char *text, struct figures *out)
{
	unsigned weight;

	if (sscanf(text, "default %u", &weight) == 1 || sscanf(text, "%u", &weight) == 1)
		figures_number(out, "", weight);
}

/* "8:0 rbytes=1 wbytes=2": the last word before the first pair is the device */
static void pairs_line(char *line, const char *key, struct figures *out)
{
	char *state = NULL;
	const char *instance = "";

	for (char *word = strtok_r(line, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		char *equals = strchr(word, '=');

		if (!equals) {
			instance = word;
			continue;
		}
		*equals = '\0';
		if (strcmp(word, key) == 0)
			figures_add(out, instance, strlen(instance), equals + 1, strlen(equals + 1));
	}
}

void pick_pairs(const char *text, const char *key, struct figures *out)
{
	each_line(text, key, out, pairs_line);
}

/* "8:0 Read 4096"; "Total 4096" is the sum of all */
static void operation_line(char *line, const char *key, struct figures *out)
{
	char device[32];
	char operation[32];
	char number[32];

	if (sscanf(line, "%31s %31s %31s", device, operation, number) == 3 && strcmp(operation, key) == 0)
		figures_add(out, device, strlen(device), number, strlen(number));
}

void pick_operation(const char *text, const char *key, struct figures *out)
{
	each_line(text, key, out, operation_line);
}

static void named_line(char *line, const char *key, struct figures *out)
{
	char name[64];
	char number[32];

	(void)key;
	if (sscanf(line, "%63s %31s", name, number) == 2)
		figures_add(out, name, strlen(name), number, strlen(number));
}

void pick_named(const char *text, struct figures *out)
{
	each_line(text, "", out, named_line);
}

/* v2: "anon N0=1 N1=2"; v1: "anon=3 N0=1 N1=2" */
static void nodes_line(char *line, const char *key, struct figures *out)
{
	size_t len = strlen(key);
	char *state = NULL;

	if (strncmp(line, key, len) != 0 || (line[len] != ' ' && line[len] != '='))
		return;
	strtok_r(line, " ", &state);
	for (char *word = strtok_r(NULL, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		char *equals = strchr(word, '=');

		if (*word == 'N' && equals)
			figures_add(out, word + 1, (size_t)(equals - word - 1), equals + 1,
				    strlen(equals + 1));
	}
}

void pick_nodes(const char *text, const char *key, struct figures *out)
{
	each_line(text, key, out, nodes_line);
}

/* proc(5): "eth0: bytes packets errs drop fifo frame compressed multicast bytes packets errs drop …" */
static void interface_line(char *line, const char *key, struct figures *out)
{
	static const char *const columns[] = {"rx_bytes", "rx_packets", "rx_errs", "rx_drop", "", "", "", "",
					      "tx_bytes", "tx_packets", "tx_errs", "tx_drop"};
	char *colon = strrchr(line, ':');
	char *name = line + strspn(line, " ");
	char *state = NULL;
	char *word = colon ? strtok_r(colon + 1, " ", &state) : NULL;

	for (size_t i = 0; word && i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (strcmp(columns[i], key) == 0)
			figures_add(out, name, (size_t)(colon - name), word, strlen(word));
		word = strtok_r(NULL, " ", &state);
	}
}

void pick_interface(const char *text, const char *key, struct figures *out)
{
	each_line(text, key, out, interface_line);
}

struct socket_line {
	unsigned state;
	unsigned tx;
	unsigned rx;
	unsigned long long drops;
};

/* "  12: 0100007F:1F90 00000000:0000 0A 00000000:00000000 …", the last word of a UDP line being its drops */
static bool scan_socket(const char *line, struct socket_line *out)
{
	const char *last;
	size_t end = strlen(line);

	while (end && line[end - 1] == ' ')
		end--;
	for (last = line + end; last > line && last[-1] != ' ';)
		last--;
	out->drops = strtoull(last, NULL, 10);
	return sscanf(line, " %*u: %*s %*s %x %x:%x", &out->state, &out->tx, &out->rx) == 3;
}

void pick_sockets(const char *text, const char *key, struct figures *out)
{
	static const char *const states[] = {"",	 "established", "synsent", "synrecv",	"finwait1",
					     "finwait2", "timewait",	"close",   "closewait", "lastack",
					     "listen",	 "closing",	"synrecv"};
	bool udp = strstr(text, "drops") != NULL;
	uint64_t count = 0;

	for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		struct socket_line s;
		char one[512];

		snprintf(one, sizeof(one), "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
		if (!scan_socket(one, &s))
			continue;
		if (!udp)
			count += s.state < sizeof(states) / sizeof(states[0]) &&
				 strcmp(states[s.state], key) == 0;
		else if (strcmp(key, "listen") == 0)
			count += s.state == 7;
		else if (strcmp(key, "dropped") == 0)
			count += s.drops;
		else
			count += strcmp(key, "rxqueued") == 0 ? s.rx : s.tx;
	}
	figures_number(out, "", count);
}
