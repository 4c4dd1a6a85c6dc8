/* SPDX-License-Identifier: Apache-2.0 */
#include "parser.h"

#include "base/parse.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { HAS_HELP = 1, HAS_TYPE = 2, HAS_UNIT = 4, HAS_SAMPLE = 8 };

/* The family that is being read. */
struct family {
	char name[128];
	char type[16];
	unsigned has;
};

static void complain(struct parsed *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct parsed *p, const char *format, ...)
{
	va_list args;

	if (p->error[0])
		return;
	va_start(args, format);
	vsnprintf(p->error, sizeof(p->error), format, args);
	va_end(args);
}

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalpha((unsigned char)s.at[i]) && s.at[i] != '_' &&
		    (i == 0 || !isdigit((unsigned char)s.at[i])))
			return false;
	return s.len > 0;
}

static bool is_utf8(struct slice s)
{
	while (s.len) {
		uint32_t c;
		size_t n = text_decode(s, &c);

		if (n == 1 && (unsigned char)s.at[0] >= 0x80)
			return false;
		s.at += n;
		s.len -= n;
	}
	return true;
}

/* Digits, with a fraction perhaps; no needless zero on either side. */
static bool is_value(struct slice s)
{
	size_t i = 0;

	while (i < s.len && isdigit((unsigned char)s.at[i]))
		i++;
	if (i == 0 || (i > 1 && s.at[0] == '0'))
		return false;
	if (i == s.len)
		return true;
	if (s.at[i++] != '.' || i == s.len || s.at[s.len - 1] == '0')
		return false;
	while (i < s.len && isdigit((unsigned char)s.at[i]))
		i++;
	return i == s.len;
}

static bool has_escapes(struct slice s, const char *allowed)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] != '\\')
			continue;
		if (++i == s.len || !strchr(allowed, s.at[i]))
			return false;
	}
	return true;
}

static void add_family(struct parsed *p, struct family *f, struct slice name)
{
	for (size_t i = 0; i < p->n_families; i++)
		if (slice_is(name, p->families[i]))
			complain(p, "family %s comes twice", p->families[i]);
	if (f->name[0] && !(f->has & HAS_SAMPLE))
		complain(p, "family %s has no sample", f->name);
	*f = (struct family){0};
	snprintf(f->name, sizeof(f->name), "%.*s", (int)name.len, name.at);
	p->families = reallocarray(p->families, p->n_families + 1, sizeof(*p->families));
	if (!p->families)
		abort();
	p->families[p->n_families++] = strndup(name.at, name.len);
}

static void set_once(struct parsed *p, struct family *f, unsigned what)
{
	if (f->has & (what | HAS_SAMPLE))
		complain(p, "family %s: HELP, TYPE or UNIT twice, or behind a sample", f->name);
	f->has |= what;
}

static void check_unit(struct parsed *p, const struct family *f, struct slice unit)
{
	size_t len = strlen(f->name);

	if (len <= unit.len + 1 || f->name[len - unit.len - 1] != '_' ||
	    memcmp(f->name + len - unit.len, unit.at, unit.len) != 0)
		complain(p, "family %s: its unit is no suffix of it", f->name);
}

/* "# HELP name text" */
static void parse_meta(struct parsed *p, struct family *f, struct slice line, enum exposition e)
{
	struct slice rest = {line.at + 2, line.len - 2};
	struct slice what;
	struct slice name;

	if (line.len < 2 || line.at[1] != ' ' || !next_word(&rest, " ", &what) ||
	    !next_word(&rest, " ", &name) || !is_name(name) || rest.len < 2) {
		complain(p, "bad comment: %.*s", (int)line.len, line.at);
		return;
	}
	rest = (struct slice){rest.at + 1, rest.len - 1};
	if (!slice_is(name, f->name))
		add_family(p, f, name);
	if (slice_is(what, "HELP")) {
		set_once(p, f, HAS_HELP);
		if (!has_escapes(rest, e == EXPOSITION_OPENMETRICS ? "\\n\"" : "\\n"))
			complain(p, "bad escape: %.*s", (int)line.len, line.at);
	} else if (slice_is(what, "TYPE")) {
		set_once(p, f, HAS_TYPE);
		snprintf(f->type, sizeof(f->type), "%.*s", (int)rest.len, rest.at);
		if (!slice_is(rest, "counter") && !slice_is(rest, "gauge") && !slice_is(rest, "unknown") &&
		    !slice_is(rest, "histogram"))
			complain(p, "bad type: %.*s", (int)line.len, line.at);
	} else if (slice_is(what, "UNIT") && e == EXPOSITION_OPENMETRICS) {
		set_once(p, f, HAS_UNIT);
		check_unit(p, f, rest);
	} else {
		complain(p, "bad comment: %.*s", (int)line.len, line.at);
	}
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes `name="value"` off *rest, into *label. */
static bool take_label(struct slice *rest, struct slice *name, char **label)
{
	const char *equals = memchr(rest->at, '=', rest->len);
	size_t i;

	if (!equals)
		return false;
	*name = (struct slice){rest->at, (size_t)(equals - rest->at)};
	i = name->len + 1;
	if (!is_name(*name) || i >= rest->len || rest->at[i] != '"')
		return false;
	for (i++; i < rest->len && rest->at[i] != '"'; i++)
		if (rest->at[i] == '\\' && (++i >= rest->len || !strchr("\\\"n", rest->at[i])))
			return false;
	if (i >= rest->len)
		return false;
	*label = strndup(rest->at, i + 1);
	*rest = (struct slice){rest->at + i + 1, rest->len - i - 1};
	return true;
}

/* `{a="1",b="2"}` in *rest, appended with its labels sorted. */
static bool parse_labels(struct slice *rest, struct str *series)
{
	char *labels[128];
	size_t n = 0;
	bool good = true;

	rest->at++;
	rest->len--;
	while (good && n < ARRAY_SIZE(labels)) {
		struct slice name;

		good = take_label(rest, &name, &labels[n]) && rest->len > 0;
		if (!good)
			break;
		for (size_t i = 0; i < n; i++)
			good &= strncmp(labels[i], labels[n], name.len + 1) != 0;
		n++;
		if (rest->at[0] == '}')
			break;
		good &= rest->at[0] == ',';
		rest->at++;
		rest->len--;
	}
	good = good && rest->len > 0 && rest->at[0] == '}';
	qsort(labels, n, sizeof(*labels), compare_text);
	for (size_t i = 0; i < n; i++) {
		str_char(series, i ? ',' : '{');
		str_add(series, labels[i]);
		free(labels[i]);
	}
	str_char(series, '}');
	if (good) {
		rest->at++;
		rest->len--;
	}
	return good;
}

/* What is behind the family's name. */
static bool is_part(const struct family *f, struct slice name, const char *part)
{
	size_t len = strlen(f->name);

	return name.len == len + strlen(part) && memcmp(name.at, f->name, len) == 0 &&
	       memcmp(name.at + len, part, strlen(part)) == 0;
}

static bool belongs(const struct family *f, struct slice name, enum exposition e)
{
	if (strcmp(f->type, "histogram") == 0)
		return is_part(f, name, "_bucket") || is_part(f, name, "_sum") || is_part(f, name, "_count");
	if (e == EXPOSITION_OPENMETRICS && strcmp(f->type, "counter") == 0)
		return is_part(f, name, "_total");
	return slice_is(name, f->name);
}

static void add_sample(struct parsed *p, struct str *series, struct slice value)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 256;
		p->samples = reallocarray(p->samples, p->cap, sizeof(*p->samples));
		if (!p->samples)
			abort();
	}
	p->samples[p->n++] = (struct parsed_sample){str_steal(series), strndup(value.at, value.len)};
}

static void parse_sample(struct parsed *p, struct family *f, struct slice line, enum exposition e)
{
	_cleanup_str_ struct str series = {0};
	struct slice rest = line;
	struct slice name = {line.at, strcspn(line.at, "{ \n")};

	if (name.len >= line.len || !is_name(name) || !belongs(f, name, e)) {
		complain(p, "sample outside its family: %.*s", (int)line.len, line.at);
		return;
	}
	if ((f->has & (HAS_HELP | HAS_TYPE)) != (HAS_HELP | HAS_TYPE))
		complain(p, "family %s has no HELP or no TYPE", f->name);
	f->has |= HAS_SAMPLE;
	str_append(&series, name.at, name.len);
	rest = (struct slice){line.at + name.len, line.len - name.len};
	if (rest.at[0] == '{' && !parse_labels(&rest, &series)) {
		complain(p, "bad labels: %.*s", (int)line.len, line.at);
		return;
	}
	if (rest.len < 2 || rest.at[0] != ' ' || !is_value((struct slice){rest.at + 1, rest.len - 1})) {
		complain(p, "bad value: %.*s", (int)line.len, line.at);
		return;
	}
	add_sample(p, &series, (struct slice){rest.at + 1, rest.len - 1});
}

static int compare_samples(const void *a, const void *b)
{
	const struct parsed_sample *x = a;
	const struct parsed_sample *y = b;

	return strcmp(x->series, y->series);
}

void parse_exposition(struct parsed *p, const char *text, enum exposition e)
{
	struct slice rest = slice_of(text);
	struct family f = {0};
	bool ended = false;

	*p = (struct parsed){0};
	while (rest.len) {
		const char *newline = memchr(rest.at, '\n', rest.len);
		struct slice line = {rest.at, newline ? (size_t)(newline - rest.at) : rest.len};

		if (!newline || !is_utf8(line))
			complain(p, "no newline, or no UTF-8: %.*s", (int)line.len, line.at);
		if (ended)
			complain(p, "text behind EOF: %.*s", (int)line.len, line.at);
		if (slice_is(line, "# EOF") && e == EXPOSITION_OPENMETRICS)
			ended = true;
		else if (line.len && line.at[0] == '#')
			parse_meta(p, &f, line, e);
		else
			parse_sample(p, &f, line, e);
		rest.at += line.len + (newline ? 1 : 0);
		rest.len -= line.len + (newline ? 1 : 0);
	}
	if (e == EXPOSITION_OPENMETRICS && !ended)
		complain(p, "no EOF");
	qsort(p->samples, p->n, sizeof(*p->samples), compare_samples);
	for (size_t i = 1; i < p->n; i++)
		if (strcmp(p->samples[i - 1].series, p->samples[i].series) == 0)
			complain(p, "twice: %.300s", p->samples[i].series);
}

void parsed_free(struct parsed *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->samples[i].series);
		free(p->samples[i].value);
	}
	for (size_t i = 0; i < p->n_families; i++)
		free(p->families[i]);
	free(p->samples);
	free(p->families);
	*p = (struct parsed){0};
}

const char *parsed_value(const struct parsed *p, const char *series)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->samples[i].series, series) == 0)
			return p->samples[i].value;
	return NULL;
}
