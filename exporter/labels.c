/* SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include "base/map.h"
#include "base/text.h"
#include "exposition.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define SHORT_ID 12
#define REPLACEMENT "\xEF\xBF\xBD"

/* --- who is shown --- */

static bool name_matches(const struct render_options *o, const struct entity *e)
{
	const struct identity *who = e->identity;
	char short_id[SHORT_ID + 1] = "";

	if (strlen(who->id) > SHORT_ID)
		memcpy(short_id, who->id, SHORT_ID);
	for (size_t i = 0; i < o->n_names; i++) {
		const char *glob = o->names[i];

		if (text_glob(glob, e->path) || (*who->name && text_glob(glob, who->name)) ||
		    (*who->id && text_glob(glob, who->id)) || (*short_id && strcmp(glob, short_id) == 0))
			return true;
	}
	return o->n_names == 0;
}

static bool is_shown(const struct render_options *o, const struct entity *e)
{
	if (o->classes && !(o->classes >> e->class & 1))
		return false;
	return (o->lingering || !e->ended) && name_matches(o, e);
}

/* Which of two entities with one path has the series: the living one, or the one that lived last. */
static bool supersedes(const struct entity *a, const struct entity *b)
{
	if (a->ended != b->ended)
		return b->ended;
	if (a->seen_ns != b->seen_ns)
		return a->seen_ns > b->seen_ns;
	return a->id > b->id;
}

/* Maps each path to the entity (its index + 1) that has the series. 0 or -ENOMEM. */
static int choose_entities(const struct snapshot *s, const struct render_options *o, struct map *chosen)
{
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);
		struct slice path = slice_of(e->path);
		uintptr_t other;
		int r;

		if (!is_shown(o, e))
			continue;
		other = (uintptr_t)map_get(chosen, path);
		if (other && !supersedes(e, snapshot_entity(s, other - 1)))
			continue;
		/* The key has to live as long as the entry, and both paths do. */
		r = map_put(chosen, path, (void *)(uintptr_t)(i + 1));
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- container_label_* --- */

/* A label that is allowed, with its name as Prometheus can take it. */
struct allowed {
	const struct label *label;
	const char *name;
	bool changed; /* the name had to be changed */
};

static bool is_allowed(const struct render_options *o, const char *key)
{
	for (size_t i = 0; i < o->n_labels; i++)
		if (text_glob(o->labels[i], key))
			return true;
	return false;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The key with "_" for what a label name can't have. */
static char *sanitise(struct arena *a, const char *key, bool *changed)
{
	struct slice whole = slice_of(key);
	char *name = arena_text(a, exposition_cut(whole, RENDER_LABEL_MAX));

	*changed = whole.len > RENDER_LABEL_MAX;
	for (char *c = name; c && *c; c++) {
		if (is_name_character(*c))
			continue;
		*c = '_';
		*changed = true;
	}
	return name;
}

/* By name, then what was not changed, then by key (labels are sorted by it). */
static int compare_allowed(const void *a, const void *b)
{
	const struct allowed *x = a;
	const struct allowed *y = b;
	int by_name = strcmp(x->name, y->name);

	if (by_name)
		return by_name;
	if (x->changed != y->changed)
		return x->changed ? 1 : -1;
	return x->label < y->label ? -1 : x->label > y->label;
}

static void append_allowed(struct str *out, const struct allowed *list, size_t n)
{
	size_t written = 0;

	for (size_t i = 0; i < n && written < RENDER_LABELS_PER_ENTITY; i++) {
		size_t before = out->len;

		if (i > 0 && strcmp(list[i].name, list[i - 1].name) == 0)
			continue;
		if (!*list[i].label->value)
			continue;
		str_add(out, ",container_label_");
		str_add(out, list[i].name);
		str_add(out, "=\"");
		exposition_label_value(out, exposition_cut(slice_of(list[i].label->value), RENDER_LABEL_MAX));
		str_char(out, '"');
		written += out->len > before;
	}
}

static int append_container_labels(struct str *out, const struct render_options *o,
				   const struct identity *who)
{
	_cleanup_free_ struct allowed *list = NULL;
	_cleanup_(arena_free) struct arena names = {0};
	size_t n = 0;

	if (!o->n_labels || !who->n_labels)
		return 0;
	list = calloc(who->n_labels, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < who->n_labels; i++) {
		struct allowed *a = &list[n];

		if (!is_allowed(o, who->labels[i].key))
			continue;
		a->label = &who->labels[i];
		a->name = sanitise(&names, who->labels[i].key, &a->changed);
		if (!a->name)
			return -ENOMEM;
		n++;
	}
	qsort(list, n, sizeof(*list), compare_allowed);
	append_allowed(out, list, n);
	return 0;
}

/* --- blocks --- */

/* The id has to be unique: see render.h. */
static void append_id(struct str *out, const struct entity *e)
{
	struct slice path = slice_of(e->path);

	str_add(out, "id=\"");
	if (path.len <= RENDER_LABEL_MAX) {
		exposition_distinct_value(out, path);
	} else {
		exposition_label_value(out, exposition_cut(path, RENDER_LABEL_MAX));
		str_printf(out, REPLACEMENT "~#%016llx", (unsigned long long)e->id);
	}
	str_char(out, '"');
}

static int append_block(struct str *out, const struct render_options *o, const struct entity *e)
{
	const struct identity *who = e->identity;

	append_id(out, e);
	/* cAdvisor's dashboards take what has a name or an image for a container. */
	if (e->class == ENTITY_CONTAINER) {
		exposition_label(out, "image", who->image);
		exposition_label(out, "name", who->name);
	}
	exposition_label(out, "container", who->kube_container);
	exposition_label(out, "pod", who->pod);
	exposition_label(out, "namespace", who->pod_namespace);
	return e->class == ENTITY_CONTAINER ? append_container_labels(out, o, who) : 0;
}

static int write_blocks(struct labels *l, const struct render_options *o)
{
	_cleanup_(map_free) struct map chosen = {0};
	int r = choose_entities(l->snapshot, o, &chosen);

	if (r < 0)
		return r;
	l->rows = calloc(chosen.count ? chosen.count : 1, sizeof(*l->rows));
	if (!l->rows)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot_count(l->snapshot); i++) {
		const struct entity *e = snapshot_entity(l->snapshot, i);
		struct labels_row *row = &l->rows[l->n_rows];
		size_t at = l->text.len;

		if ((uintptr_t)map_get(&chosen, slice_of(e->path)) != i + 1)
			continue;
		r = append_block(&l->text, o, e);
		if (r < 0)
			return r;
		*row = (struct labels_row){at, (uint32_t)(l->text.len - at), (uint32_t)i};
		l->n_rows++;
	}
	return l->text.failed ? -ENOMEM : 0;
}

/* --- sharing --- */

/* Those in use. A renderer belongs to one thread, but there may be several threads with snapshots of their
 * own. */
static struct labels *in_use;
static pthread_mutex_t in_use_lock = PTHREAD_MUTEX_INITIALIZER;

static void append_list(struct str *key, const char *const *list, size_t n)
{
	str_printf(key, "%zu:", n);
	for (size_t i = 0; i < n; i++)
		str_append(key, list[i], strlen(list[i]) + 1);
}

/* All that the labels depend on, as one text. */
static void write_key(struct str *key, const struct render_options *o)
{
	str_printf(key, "%u:%d:", o->classes, o->lingering);
	append_list(key, o->labels, o->n_labels);
	append_list(key, o->names, o->n_names);
}

static struct labels *find_in_use(const struct snapshot *s, const struct str *key)
{
	for (struct labels *l = in_use; l; l = l->next)
		if (l->snapshot == s &&
		    slice_equal((struct slice){l->key.data, l->key.len}, (struct slice){key->data, key->len}))
			return l;
	return NULL;
}

static void labels_free(struct labels *l)
{
	snapshot_unref(l->snapshot);
	str_free(&l->key);
	str_free(&l->text);
	free(l->rows);
	free(l);
}
DEFINE_CLEANUP(struct labels *, labels_free)

/* Gives back what growing took in advance: a block text lives as long as its scrapes. */
static void trim(struct str *s)
{
	char *smaller = s->data ? realloc(s->data, s->len + 1) : NULL;

	if (smaller) {
		s->data = smaller;
		s->cap = s->len + 1;
	}
}

static struct labels *labels_new(struct snapshot *s, const struct render_options *options)
{
	_cleanup_(labels_freep) struct labels *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->references = 1;
	l->snapshot = snapshot_ref(s);
	write_key(&l->key, options);
	if (l->key.failed || write_blocks(l, options) < 0)
		return NULL;
	trim(&l->text);
	return TAKE_PTR(l);
}

struct labels *labels_get(struct snapshot *s, const struct render_options *options)
{
	_cleanup_str_ struct str key = {0};
	struct labels *l;

	write_key(&key, options);
	if (key.failed)
		return NULL;
	pthread_mutex_lock(&in_use_lock);
	l = find_in_use(s, &key);
	if (l) {
		l->references++;
	} else {
		l = labels_new(s, options);
		if (l) {
			l->next = in_use;
			in_use = l;
		}
	}
	pthread_mutex_unlock(&in_use_lock);
	return l;
}

void labels_unref(struct labels *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&in_use_lock);
	if (--l->references) {
		l = NULL;
	} else {
		struct labels **at = &in_use;

		while (*at != l)
			at = &(*at)->next;
		*at = l->next;
	}
	pthread_mutex_unlock(&in_use_lock);
	if (l)
		labels_free(l);
}
