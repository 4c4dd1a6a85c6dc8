/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/nearest.h"
#include "base/parse.h"
#include "model/column.h"
#include "model/number.h"
#include "tab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX 65536
#define INTERVAL_MIN (100 * NSEC_PER_MSEC)
#define INTERVAL_MAX (3600 * NSEC_PER_SEC)
#define BLANKS " \t\r"
#define COLUMNS_PREFIX "columns."

static const char *const themes[] = {"dark", "light", "mono", "colour-blind", NULL};
static const char *const glyphs[] = {"auto", "ascii", "blocks", "braille", NULL};
static const char *const groupings[] = {"flat", "project", "runtime", "cgroup", NULL};
static const char *const strips[] = {"warnings", "all", "none", NULL};
static const char *const scales[] = {"core", "limit", "host", "time", NULL};
static const char *const switches[] = {"no", "yes", NULL};

/* One key of the file: words by their number, or what `kind` says. */
enum kind { KIND_WORD, KIND_SWITCH, KIND_INTERVAL, KIND_SORT };

struct setting {
	const char *name;
	enum kind kind;
	const char *const *words;
	size_t at; /* of an enum or a bool in struct settings */
	const char *help;
};

#define AT(member) offsetof(struct settings, member)

static const struct setting keys[] = {
	{"theme", KIND_WORD, themes, AT(theme), "colours"},
	{"glyphs", KIND_WORD, glyphs, AT(glyphs), "what bars and charts are drawn with"},
	{"interval", KIND_INTERVAL, NULL, AT(interval_ns), "from picture to picture, such as 1s or 500ms"},
	{"sort", KIND_SORT, NULL, AT(sort), "the column to sort by"},
	{"reversed", KIND_SWITCH, switches, AT(reversed), "the order turned round"},
	{"group-by", KIND_WORD, groupings, AT(grouping), "flat, or as a tree"},
	{"events", KIND_WORD, strips, AT(events), "what the events strip shows"},
	{"process-events", KIND_SWITCH, switches, AT(processes), "programs that are started and end, too"},
	{"cpu-scale", KIND_WORD, scales, AT(cpu_scale), "what CPU is shown as a share of"},
	{"meters", KIND_SWITCH, switches, AT(meters), "the host's meters"},
	{"follow", KIND_SWITCH, switches, AT(follow), "the selected one is kept in view"},
	{"all", KIND_SWITCH, switches, AT(all), "every cgroup, not just containers"},
	{"mouse", KIND_SWITCH, switches, AT(mouse), "the mouse"},
};

void settings_defaults(struct settings *s)
{
	*s = (struct settings){
		.theme = THEME_DARK,
		.interval_ns = NSEC_PER_SEC,
		.sort = "cpu",
		.processes = true,
		.meters = true,
		.mouse = true,
	};
}

static void *member(struct settings *s, const struct setting *key)
{
	return (char *)s + key->at;
}

static const void *member_const(const struct settings *s, const struct setting *key)
{
	return (const char *)s + key->at;
}

/* Enums are unsigned for this compiler, as all of ours start at 0. */
static unsigned word_number(const struct settings *s, const struct setting *key)
{
	return key->kind == KIND_SWITCH ? *(const bool *)member_const(s, key)
					: *(const unsigned *)member_const(s, key);
}

static int parse_word(struct settings *s, const struct setting *key, const char *value, struct error *err)
{
	char remedy[128] = "there are:";

	for (unsigned i = 0; key->words[i]; i++) {
		if (strcmp(key->words[i], value) == 0) {
			if (key->kind == KIND_SWITCH)
				*(bool *)member(s, key) = i != 0;
			else
				*(unsigned *)member(s, key) = i;
			return 0;
		}
		snprintf(remedy + strlen(remedy), sizeof(remedy) - strlen(remedy), "%s %s", i ? "," : "",
			 key->words[i]);
	}
	return error_set(err, -EINVAL, remedy, "'%.40s' is no value of '%s'", value, key->name);
}

static int parse_interval(struct settings *s, const char *value, struct error *err)
{
	uint64_t ns;

	if (parse_duration(slice_of(value), &ns) < 0 || ns < INTERVAL_MIN || ns > INTERVAL_MAX)
		return error_set(err, -EINVAL, "write a time from 100ms to 1h, such as 1s",
				 "'%.40s' is no interval", value);
	s->interval_ns = ns;
	return 0;
}

static int parse_sort(struct settings *s, const char *value, struct error *err)
{
	struct list_column found;

	if (!list_column_find(value, &found))
		return error_set(err, -EINVAL, "", "'%.40s' is no column to sort by", value);
	snprintf(s->sort, sizeof(s->sort), "%s", found.column->key);
	return 0;
}

static int parse_columns(struct settings *s, const char *tab, const char *value, struct error *err)
{
	int n = tab_find(tab);
	int r;

	if (n < 0)
		return error_set(err, -EINVAL, "", "there is no tab '%.40s'", tab);
	r = tab_check_columns(value, err);
	if (r < 0)
		return r;
	if (strlen(value) >= sizeof(s->columns[n]))
		return error_set(err, -EINVAL, "", "the columns of '%.40s' are too many", tab);
	memcpy(s->columns[n], value, strlen(value) + 1);
	return 0;
}

static int parse_value(struct settings *s, const char *name, const char *value, struct error *err)
{
	struct nearest near = {.word = name};

	if (strncmp(name, COLUMNS_PREFIX, strlen(COLUMNS_PREFIX)) == 0)
		return parse_columns(s, name + strlen(COLUMNS_PREFIX), value, err);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		nearest_consider(&near, keys[i].name);
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (keys[i].kind == KIND_INTERVAL)
			return parse_interval(s, value, err);
		if (keys[i].kind == KIND_SORT)
			return parse_sort(s, value, err);
		return parse_word(s, &keys[i], value, err);
	}
	if (near.best)
		return error_set(err, -EINVAL, "", "there is no setting '%.40s': did you mean '%s'?", name,
				 near.best);
	return error_set(err, -EINVAL, "", "there is no setting '%.40s'", name);
}

static struct slice trim(struct slice s)
{
	while (s.len && strchr(BLANKS, s.at[0]) && s.at[0]) {
		s.at++;
		s.len--;
	}
	while (s.len && s.at[s.len - 1] && strchr(BLANKS, s.at[s.len - 1]))
		s.len--;
	return s;
}

static int parse_line(struct settings *s, struct slice line, struct error *err)
{
	const char *equals = line.len ? memchr(line.at, '=', line.len) : NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *value = NULL;
	struct slice left;
	struct slice right;

	if (!line.len || *line.at == '#')
		return 0;
	if (!equals)
		return error_set(err, -EINVAL, "write KEY = VALUE", "'%.*s' has no '='",
				 (int)(line.len < 40 ? line.len : 40), line.at);
	left = trim((struct slice){line.at, (size_t)(equals - line.at)});
	right = trim((struct slice){equals + 1, line.len - (size_t)(equals + 1 - line.at)});
	name = strndup(left.at, left.len);
	value = strndup(right.at, right.len);
	if (!name || !value)
		return error_errno(err, -ENOMEM, "", "cannot read the settings");
	return parse_value(s, name, value, err);
}

int settings_parse(struct settings *s, const char *text, struct error *err)
{
	struct slice rest = slice_of(text);
	struct slice line;
	unsigned number = 0;
	int result = 0;

	while (next_line(&rest, &line)) {
		struct error one;
		int r = parse_line(s, trim(line), &one);

		number++;
		if (r < 0 && result == 0)
			result = error_set(err, r, one.remedy, "line %u: %s", number, one.cause);
	}
	return result;
}

int settings_read(struct settings *s, const char *path, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct error one;
	size_t len = 0;
	int r = fs_read_file(AT_FDCWD, path, FILE_MAX, &text, &len);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return error_errno(err, r, "", "cannot read the settings '%s'", path);
	/* A file that was damaged may have it anywhere, and what is behind it still holds. */
	for (size_t i = 0; i < len; i++)
		text[i] = text[i] ? text[i] : '?';
	r = settings_parse(s, text, &one);
	return r < 0 ? error_set(err, r, one.remedy, "'%s', %s", path, one.cause) : 0;
}

static void put_interval(struct str *out, uint64_t ns)
{
	char digits[NUMBER_MAX];

	str_append(out, digits, number_fixed(digits, ns / NSEC_PER_USEC, 3));
	str_add(out, "ms");
}

void settings_format(const struct settings *s, struct str *out)
{
	str_add(out, "# plimsoll top: what S in it saved\n");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct setting *key = &keys[i];

		str_printf(out, "%s = ", key->name);
		if (key->kind == KIND_INTERVAL)
			put_interval(out, s->interval_ns);
		else if (key->kind == KIND_SORT)
			str_add(out, s->sort);
		else
			str_add(out, key->words[word_number(s, key)]);
		str_char(out, '\n');
	}
	for (size_t i = 0; i < tab_count(); i++)
		if (*s->columns[i])
			str_printf(out, COLUMNS_PREFIX "%s = %s\n", tab_at(i)->key, s->columns[i]);
}

/* Makes the folders above `path`. */
static int make_folders(const char *path)
{
	_cleanup_free_ char *folder = strdup(path);

	if (!folder)
		return -ENOMEM;
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int write_new(const char *path, const struct str *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = fs_write(fd, text->data, text->len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

int settings_write(const struct settings *s, const char *path, struct error *err)
{
	_cleanup_str_ struct str text = {0};
	_cleanup_str_ struct str fresh = {0};
	int r;

	settings_format(s, &text);
	str_printf(&fresh, "%s.new-%ld", path, (long)getpid());
	if (text.failed || fresh.failed)
		return error_errno(err, -ENOMEM, "", "cannot save the settings");
	r = make_folders(path);
	if (r == 0)
		r = write_new(fresh.data, &text);
	if (r == 0 && rename(fresh.data, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(fresh.data);
		return error_errno(err, r, "", "cannot save the settings in '%s'", path);
	}
	return 0;
}
