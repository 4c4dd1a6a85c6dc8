/* SPDX-License-Identifier: Apache-2.0 */
/* Who stands below whom: groups of our own, or the hierarchy itself. */
#include "list_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_BIT (UINT64_C(1) << 63)

int list_reserve(void *array, size_t *cap, size_t n, size_t size)
{
	void **at = array;
	size_t want = *cap ? *cap : 64;
	void *bigger;

	if (n <= *cap)
		return 0;
	while (want < n)
		want *= 2;
	bigger = reallocarray(*at, want, size);
	if (!bigger)
		return -ENOMEM;
	*at = bigger;
	*cap = want;
	return 0;
}

static void *as_value(size_t node)
{
	return (void *)(uintptr_t)(node + 1);
}

static uint32_t find_node(const struct list *l, uint64_t id)
{
	uintptr_t found = (uintptr_t)map_get_u64(&l->by_id, id);

	return found ? (uint32_t)(found - 1) : NO_NODE;
}

/* The node, or -ENOMEM. */
static int64_t add_node(struct list *l, const struct node *node)
{
	if (list_reserve(&l->nodes, &l->nodes_cap, l->n_nodes + 1, sizeof(*l->nodes)) < 0 ||
	    map_put_u64(&l->by_id, node->id, as_value(l->n_nodes)) < 0)
		return -ENOMEM;
	l->nodes[l->n_nodes] = *node;
	return (int64_t)l->n_nodes++;
}

/* FNV-1a */
static uint64_t hash(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t group_id(const char *kind, const char *space, const char *title)
{
	return hash(hash(hash(UINT64_C(0xcbf29ce484222325), kind), space), title) | GROUP_BIT;
}

/* The group that an entity is in; false where it stands alone. */
static bool group_of(enum grouping grouping, const struct identity *who, struct node *group)
{
	const char *space = "";

	*group = (struct node){.index = -1, .parent = NO_NODE, .kind = ""};
	if (grouping == GROUPING_RUNTIME) {
		group->kind = "runtime";
		group->title = who->runtime == RUNTIME_NONE ? "" : runtime_name(who->runtime);
	} else if (*who->pod) {
		group->kind = "pod";
		group->title = who->pod;
		space = who->pod_namespace;
	} else {
		group->kind = "compose";
		group->title = who->compose_project;
	}
	group->id = group_id(group->kind, space, group->title);
	return *group->title != '\0';
}

static const char *title_of(const struct entity *e)
{
	return *e->identity->name ? e->identity->name : e->path;
}

static struct node entity_node(const struct snapshot *s, size_t index, bool matched)
{
	const struct entity *e = snapshot_entity(s, index);

	return (struct node){.id = e->id,
			     .index = (ptrdiff_t)index,
			     .title = title_of(e),
			     .kind = "",
			     .parent = NO_NODE,
			     .matched = matched};
}

/* The group's node, made where it is new; NO_NODE for an entity alone; -ENOMEM. */
static int64_t group_for(struct list *l, const struct entity *e)
{
	struct node group;
	uint32_t found;

	if (l->grouping == GROUPING_FLAT || !group_of(l->grouping, e->identity, &group))
		return NO_NODE;
	found = find_node(l, group.id);
	return found != NO_NODE ? found : add_node(l, &group);
}

/* Whether a cgroup above it is a member of the same group: its figures have this one's in them. */
static bool is_nested(const struct list *l, const struct snapshot *s, size_t index, uint32_t group)
{
	for (int32_t up = snapshot_entity(s, index)->parent; up >= 0;
	     up = snapshot_entity(s, (size_t)up)->parent) {
		uint32_t node = find_node(l, snapshot_entity(s, (size_t)up)->id);

		if (node != NO_NODE && l->nodes[node].parent == group)
			return true;
	}
	return false;
}

static int plant_groups(struct list *l, const struct snapshot *s, const bool *shown)
{
	for (size_t i = 0; i < snapshot_count(s); i++) {
		struct node node;
		int64_t group;

		if (!shown[i])
			continue;
		group = group_for(l, snapshot_entity(s, i));
		if (group < 0)
			return -ENOMEM;
		node = entity_node(s, i, true);
		node.parent = (uint32_t)group;
		node.nested = node.parent != NO_NODE && is_nested(l, s, i, node.parent);
		if (add_node(l, &node) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The nearest cgroup above that is in the tree. */
static uint32_t node_above(const struct list *l, const struct snapshot *s, size_t index)
{
	for (int32_t up = snapshot_entity(s, index)->parent; up >= 0;
	     up = snapshot_entity(s, (size_t)up)->parent) {
		uint32_t node = find_node(l, snapshot_entity(s, (size_t)up)->id);

		if (node != NO_NODE)
			return node;
	}
	return NO_NODE;
}

/* Branches that lead to what is shown come along; the root only where it is shown itself. */
static int plant_hierarchy(struct list *l, const struct snapshot *s, const bool *shown)
{
	size_t count = snapshot_count(s);
	_cleanup_free_ bool *wanted = calloc(count + 1, sizeof(*wanted));

	if (!wanted)
		return -ENOMEM;
	for (size_t i = count; i-- > 0;) {
		int32_t parent = snapshot_entity(s, i)->parent;

		wanted[i] |= shown[i];
		if (wanted[i] && parent >= 0 && snapshot_entity(s, (size_t)parent)->parent >= 0)
			wanted[parent] = true;
	}
	for (size_t i = 0; i < count; i++) {
		struct node node;

		if (!wanted[i])
			continue;
		node = entity_node(s, i, shown[i]);
		node.parent = node_above(l, s, i);
		if (add_node(l, &node) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What was there keeps its rank in the order, for as long as that is held. */
static int take_ranks(const struct list *l, struct map *ranks)
{
	for (size_t i = 0; i < l->n_nodes; i++)
		if (map_put_u64(ranks, l->nodes[l->order[i]].id, as_value(i)) < 0)
			return -ENOMEM;
	return 0;
}

int list_plant(struct list *l, const struct comparison *c, bool *shown)
{
	const struct snapshot *s = comparison_later(c);
	_cleanup_(map_free) struct map ranks = {0};
	int r;

	if (l->hold && take_ranks(l, &ranks) < 0)
		return -ENOMEM;
	map_free(&l->by_id);
	l->by_id = (struct map){0};
	l->n_nodes = 0;
	l->n_rows = 0;
	r = l->grouping == GROUPING_CGROUP ? plant_hierarchy(l, s, shown) : plant_groups(l, s, shown);
	for (size_t i = l->n_nodes; r == 0 && i-- > 0;) {
		struct node *node = &l->nodes[i];

		node->rank = (uint32_t)(uintptr_t)map_get_u64(&ranks, node->id);
		if (node->parent != NO_NODE)
			l->nodes[node->parent].n_below += node->n_below + (node->index >= 0);
	}
	return r;
}

static bool all_tagged_below(const struct list *l, const struct node *node)
{
	for (uint32_t i = 0; i < node->count; i++)
		if (!map_get_u64(&l->tagged, l->nodes[l->order[node->first + i]].id))
			return false;
	return node->count > 0;
}

static void put_row(struct list *l, const struct node *node, unsigned depth)
{
	struct list_row *row = &l->rows[l->n_rows++];

	*row = (struct list_row){
		.id = node->id,
		.index = node->index,
		.title = node->index < 0 ? node->title : NULL,
		.kind = node->kind,
		.depth = depth,
		.n_below = node->n_below,
		.branch = node->count > 0,
		.folded = node->count > 0 && map_get_u64(&l->folded, node->id),
	};
	row->tagged = node->index < 0 ? l->tagged.count > 0 && all_tagged_below(l, node)
				      : map_get_u64(&l->tagged, node->id) != NULL;
}

/* Where the walk goes on, and how deep. */
struct step {
	uint32_t node;
	unsigned depth;
};

/* With a stack of its own: cgroups may be nested deeper than ours would bear. */
int list_lay_out(struct list *l)
{
	_cleanup_free_ struct step *stack = calloc(l->n_nodes + 1, sizeof(*stack));
	size_t n = 0;

	if (!stack || list_reserve(&l->rows, &l->rows_cap, l->n_nodes + 1, sizeof(*l->rows)) < 0)
		return -ENOMEM;
	l->n_rows = 0;
	for (size_t i = l->n_roots; i-- > 0;)
		stack[n++] = (struct step){l->order[i], 0};
	while (n > 0) {
		struct step at = stack[--n];
		const struct node *node = &l->nodes[at.node];

		put_row(l, node, at.depth);
		if (l->rows[l->n_rows - 1].folded)
			continue;
		for (uint32_t i = node->count; i-- > 0;)
			stack[n++] = (struct step){l->order[node->first + i], at.depth + 1};
	}
	return 0;
}
