/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/net: a namespace's interfaces and sockets (proc(5), Documentation/networking/proc_net_tcp.rst).
 */
#include "base/cleanup.h"
#include "base/str.h"
#include "format_lines.h"

struct name {
	const char *text;
	size_t len;
};
#define NAME(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/*
 * "  eth0: 1 2 …"; before Linux 2.6.30 or so without a space behind the colon. Figures have no colon, names
 * of old kernels' interfaces may: the last one counts. The two lines of headings have none.
 */
bool next_net_dev(struct format_cursor *c, struct format_item *item)
{
	static const struct name keys[] = {
		NAME("rx_bytes"), NAME("rx_packets"), NAME("rx_errs"),	     NAME("rx_drop"),
		NAME("rx_fifo"),  NAME("rx_frame"),   NAME("rx_compressed"), NAME("rx_multicast"),
		NAME("tx_bytes"), NAME("tx_packets"), NAME("tx_errs"),	     NAME("tx_drop"),
		NAME("tx_fifo"),  NAME("tx_colls"),   NAME("tx_carrier"),    NAME("tx_compressed"),
	};

	for (;;) {
		const char *colon;

		if (c->word.len && c->column < ARRAY_SIZE(keys) && take_word(&c->line, &item->value)) {
			item->instance = c->word;
			item->key = (struct slice){keys[c->column].text, keys[c->column].len};
			c->column++;
			return true;
		}
		if (!take_line(c))
			return false;
		while (c->line.len && c->line.at[0] == ' ') {
			c->line.at++;
			c->line.len--;
		}
		colon = c->line.len ? memrchr(c->line.at, ':', c->line.len) : NULL;
		c->column = 0;
		c->word = (struct slice){c->line.at, colon ? (size_t)(colon - c->line.at) : 0};
		if (colon) {
			c->line.at += c->word.len + 1;
			c->line.len -= c->word.len + 1;
		}
	}
}

static bool parse_hex(struct slice text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len == 0 || text.len > 16)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned)(c - 'A') + 10;
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else
			return false;
		value = value << 4 | digit;
	}
	*out = value;
	return true;
}

static bool parse_decimal(struct slice text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len == 0 || text.len > 19)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.at[i] - '0');
	}
	*out = value;
	return true;
}

/* "  12: LOCAL REMOTE STATE QUEUES …": the state, and the line behind it. False for the heading and anything
 * else. */
static bool take_state(struct slice *line, uint64_t *state)
{
	struct slice word;

	if (!take_word(line, &word) || word.at[word.len - 1] != ':')
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (!take_word(line, &word))
			return false;
	return parse_hex(word, state);
}

static bool give_count(struct format_cursor *c, struct format_item *item, const struct name *names,
		       unsigned n, const uint64_t *counts)
{
	size_t len;

	if (c->column == 0 || c->column > n)
		return false;
	len = format_u64(c->scratch, counts[c->column - 1]);
	item->instance = nothing();
	item->key = (struct slice){names[c->column - 1].text, names[c->column - 1].len};
	item->value = (struct slice){c->scratch, len};
	c->column++;
	return true;
}

bool next_tcp(struct format_cursor *c, struct format_item *item)
{
	/* include/net/tcp_states.h, from 1 on */
	static const struct name states[] = {
		NAME("established"), NAME("synsent"),  NAME("synrecv"), NAME("finwait1"),
		NAME("finwait2"),    NAME("timewait"), NAME("close"),	NAME("closewait"),
		NAME("lastack"),     NAME("listen"),   NAME("closing"),
	};
	enum { SYN_RECV = 3, NEW_SYN_RECV = 12 };

	if (c->column == 0 && c->rest.len) {
		memset(c->counts, 0, sizeof(c->counts));
		c->column = 1;
		while (take_line(c)) {
			uint64_t state;

			if (!take_state(&c->line, &state))
				continue;
			if (state == NEW_SYN_RECV)
				state = SYN_RECV;
			if (state >= 1 && state <= ARRAY_SIZE(states))
				c->counts[state - 1]++;
		}
	}
	return give_count(c, item, states, ARRAY_SIZE(states), c->counts);
}

enum { UDP_LISTEN, UDP_DROPPED, UDP_RXQUEUED, UDP_TXQUEUED, UDP_FIGURES };

static void count_udp(struct slice line, uint64_t *counts)
{
	enum { UNCONNECTED = 7 };
	uint64_t state;
	uint64_t tx;
	uint64_t rx;
	uint64_t drops;
	struct slice queues;
	struct slice last = nothing();
	const char *colon;

	if (!take_state(&line, &state) || !take_word(&line, &queues))
		return;
	while (take_word(&line, &last))
		;
	colon = memchr(queues.at, ':', queues.len);
	if (!colon || !parse_hex((struct slice){queues.at, (size_t)(colon - queues.at)}, &tx) ||
	    !parse_hex((struct slice){colon + 1, queues.len - (size_t)(colon - queues.at) - 1}, &rx) ||
	    !parse_decimal(last, &drops))
		return;
	counts[UDP_LISTEN] += state == UNCONNECTED;
	counts[UDP_DROPPED] += drops;
	counts[UDP_RXQUEUED] += rx;
	counts[UDP_TXQUEUED] += tx;
}

bool next_udp(struct format_cursor *c, struct format_item *item)
{
	static const struct name figures[UDP_FIGURES] = {
		[UDP_LISTEN] = NAME("listen"),
		[UDP_DROPPED] = NAME("dropped"),
		[UDP_RXQUEUED] = NAME("rxqueued"),
		[UDP_TXQUEUED] = NAME("txqueued"),
	};

	if (c->column == 0 && c->rest.len) {
		memset(c->counts, 0, sizeof(c->counts));
		c->column = 1;
		while (take_line(c))
			count_udp(c->line, c->counts);
	}
	return give_count(c, item, figures, ARRAY_SIZE(figures), c->counts);
}
