/* SPDX-License-Identifier: Apache-2.0 */
/* Accept and Accept-Encoding, RFC 9110 sections 12.4.2, 12.5.1 and 12.5.3. */
#include "exporter/render.h"

#include <strings.h>

#define QUALITY_MAX 1000

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice trim(struct slice text)
{
	while (text.len && is_space(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len && is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* Takes what stands before the next separator (or the end) off *rest; separators in quoted strings don't
 * count. */
static bool take_part(struct slice *rest, char separator, struct slice *part)
{
	bool quoted = false;
	size_t i = 0;

	if (!rest->at)
		return false;
	for (; i < rest->len && (quoted || rest->at[i] != separator); i++) {
		if (rest->at[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->at[i] == '\\' && i + 1 < rest->len)
			i++;
	}
	*part = trim((struct slice){rest->at, i});
	if (i < rest->len)
		*rest = (struct slice){rest->at + i + 1, rest->len - i - 1};
	else
		*rest = (struct slice){0};
	return true;
}

static bool same_word(struct slice text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

/* qvalue: "0" to "1" with at most three decimals, as thousandths; -1 where it is none. */
static int parse_quality(struct slice text)
{
	int value;
	int weight = 100;

	if (!text.len || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1'))
		return -1;
	if (text.len > 1 && text.at[1] != '.')
		return -1;
	value = (text.at[0] - '0') * QUALITY_MAX;
	for (size_t i = 2; i < text.len; i++, weight /= 10) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -1;
		value += (text.at[i] - '0') * weight;
	}
	return value <= QUALITY_MAX ? value : -1;
}

/* One element of either header: what it names, its quality, and its version parameter. */
struct element {
	struct slice name;
	struct slice version;
	int quality;
};

static bool parse_parameter(struct slice text, struct element *e)
{
	const char *equals = text.len ? memchr(text.at, '=', text.len) : NULL;
	struct slice key;
	struct slice value;

	if (!text.len)
		return true; /* "a;;b" is allowed */
	if (!equals)
		return false;
	key = (struct slice){text.at, (size_t)(equals - text.at)};
	value = (struct slice){equals + 1, text.len - key.len - 1};
	if (same_word(key, "q")) {
		e->quality = parse_quality(value);
		return e->quality >= 0;
	}
	if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
		value = (struct slice){value.at + 1, value.len - 2};
	if (same_word(key, "version"))
		e->version = value;
	return key.len > 0;
}

/* The next well-formed element; those that are broken or empty are left out. False at the end. */
static bool next_element(struct slice *rest, struct element *e)
{
	struct slice text;

	while (take_part(rest, ',', &text)) {
		struct slice parameter;
		bool good;

		*e = (struct element){.quality = QUALITY_MAX};
		good = take_part(&text, ';', &e->name) && e->name.len > 0;
		while (good && take_part(&text, ';', &parameter))
			good = parse_parameter(parameter, e);
		if (good)
			return true;
	}
	return false;
}

/* How well a format is wanted so far: by the most specific range, RFC 9110 12.5.1. */
struct wish {
	int specificity; /* 3: with version; 2: type/subtype; 1: type and any subtype; 0: anything; -1: not
			    named */
	int quality;
	int position;
};

static int match(const struct element *e, const char *type, const char *any, const char *version)
{
	if (same_word(e->name, type)) {
		if (!e->version.len)
			return 2;
		return slice_is(e->version, version) ? 3 : -1;
	}
	if (same_word(e->name, any))
		return 1;
	return same_word(e->name, "*/*") ? 0 : -1;
}

static void consider(struct wish *w, int specificity, int quality, int position)
{
	if (specificity > w->specificity)
		*w = (struct wish){specificity, quality, position};
}

enum exposition exposition_negotiate(const char *accept)
{
	struct slice rest = accept ? slice_of(accept) : (struct slice){0};
	struct wish text = {-1, 0, 0};
	struct wish open = {-1, 0, 0};
	struct element e;
	bool earlier;

	for (int position = 0; next_element(&rest, &e); position++) {
		consider(&text, match(&e, "text/plain", "text/*", "0.0.4"), e.quality, position);
		consider(&open, match(&e, "application/openmetrics-text", "application/*", "1.0.0"),
			 e.quality, position);
	}
	if (open.quality != text.quality)
		return open.quality > text.quality ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT;
	/* Wanted alike: OpenMetrics only by its name, and then named before, or alone. */
	earlier = text.specificity < 2 || open.position < text.position;
	return open.quality > 0 && open.specificity >= 2 && earlier ? EXPOSITION_OPENMETRICS
								    : EXPOSITION_TEXT;
}

bool gzip_accepted(const char *accept_encoding)
{
	struct slice rest = accept_encoding ? slice_of(accept_encoding) : (struct slice){0};
	struct element e;
	int named = -1;
	int any = -1;

	while (next_element(&rest, &e)) {
		if (same_word(e.name, "gzip") || same_word(e.name, "x-gzip"))
			named = e.quality > named ? e.quality : named;
		else if (same_word(e.name, "*"))
			any = e.quality;
	}
	return named >= 0 ? named > 0 : any > 0;
}
