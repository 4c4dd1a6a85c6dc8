/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"
#include "spec_rdma.h"
#include "spec_read.h"

#include <inttypes.h>
#include <string.h>

static unsigned read_access(const struct node *n)
{
	const char *text = node_text(n);
	unsigned access = 0;

	for (const char *c = text ? text : ""; *c; c++) {
		if (*c == 'r')
			access |= DEVICE_READ;
		else if (*c == 'w')
			access |= DEVICE_WRITE;
		else if (*c == 'm')
			access |= DEVICE_MKNOD;
		else
			node_fail(n, "write some of rwm", "'%c' is no access", *c);
	}
	if (!access)
		node_fail(n, "write some of rwm", "it is missing");
	return access;
}

static void read_rule(const struct node *n)
{
	struct node allow = node_in(n, "allow");
	struct node type = node_in(n, "type");
	struct node major = node_in(n, "major");
	struct node minor = node_in(n, "minor");
	struct node access = node_in(n, "access");
	const char *word = node_text(&type);
	struct device_rule rule = {
		.allow = node_bool(&allow),
		.type = word ? word[0] : 'a',
		.major = node_int(&major, -1, UINT32_MAX, -1),
		.minor = node_int(&minor, -1, UINT32_MAX, -1),
		.access = read_access(&access),
	};

	if (word && (strlen(word) != 1 || !strchr("abc", *word)))
		node_fail(&type, "write a, b or c", "'%s' is no type of a rule", word);
	if (n->reader->r == 0 && spec_device_rule_add(n->reader->spec, &rule) < 0)
		node_fail_memory(n);
}

static void read_rules(const struct node *n)
{
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);

		read_rule(&element);
	}
}

/* The limits of a group that are one number each, by limits.def. */
static void read_rows(const struct node *n, const char *group)
{
	struct cgroup_limits *l = &n->reader->spec->linux_.limits;

	for (enum limit i = 0; i < LIMIT__COUNT; i++) {
		struct node member;

		if (strcmp(limit_rows[i].group, group) != 0)
			continue;
		member = node_in(n, limit_rows[i].key);
		if (!member.value)
			continue;
		if (i == LIMIT_OOM_KILL_DISABLE)
			limit_set(l, i, node_bool(&member));
		else
			limit_set(l, i, node_int(&member, INT64_MIN, INT64_MAX, 0));
	}
}

static void read_memory(const struct node *n)
{
	struct node tcp = node_in(n, "kernelTCP");
	struct node hierarchy = node_in(n, "useHierarchy");

	read_rows(n, "memory");
	node_refuse(&tcp);
	/* the kernel has known nothing else since 5.11 (bef8620cd8e0) */
	if (hierarchy.value && !node_bool(&hierarchy))
		node_fail(&hierarchy, "take it out of config.json", "memory is always counted by hierarchy");
}

static void read_cpu(const struct node *n)
{
	struct cgroup_limits *l = &n->reader->spec->linux_.limits;
	struct node cpus = node_in(n, "cpus");
	struct node mems = node_in(n, "mems");

	read_rows(n, "cpu");
	l->cpuset_cpus = node_text(&cpus);
	l->cpuset_mems = node_text(&mems);
}

static void read_device_limits(const struct node *n, enum device_limit_kind kind)
{
	struct cgroup_limits *l = &n->reader->spec->linux_.limits;
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);
		struct node major = node_in(&element, "major");
		struct node minor = node_in(&element, "minor");
		struct node leaf = node_in(&element, "leafWeight");
		struct node value = node_in(&element, kind == DEVICE_WEIGHT ? "weight" : "rate");
		struct device_limit made = {
			.kind = kind,
			.major = (uint32_t)node_u64(&major, UINT32_MAX, 0),
			.minor = (uint32_t)node_u64(&minor, UINT32_MAX, 0),
			.value = node_u64(&value, UINT64_MAX, 0),
		};
		struct device_limit *slot;

		node_refuse(&leaf);
		if (!major.value || !minor.value || !value.value)
			node_fail(&element, "", "major, minor and %s belong to it",
				  kind == DEVICE_WEIGHT ? "weight" : "rate");
		slot = spec_push(n->reader->spec, &l->devices, &l->n_devices, sizeof(made));
		if (slot)
			*slot = made;
		else
			node_fail_memory(n);
	}
}

static void read_block_io(const struct node *n)
{
	struct node leaf = node_in(n, "leafWeight");

	read_rows(n, "blockIO");
	node_refuse(&leaf);
	for (enum device_limit_kind kind = 0; kind < DEVICE_LIMIT__COUNT; kind++) {
		struct node list = node_in(n, device_limit_keys[kind]);

		read_device_limits(&list, kind);
	}
}

static void read_pages(const struct node *n)
{
	struct cgroup_limits *l = &n->reader->spec->linux_.limits;
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);
		struct node size = node_in(&element, "pageSize");
		struct node limit = node_in(&element, "limit");
		struct page_limit made = {node_text(&size), node_u64(&limit, UINT64_MAX, 0)};
		struct page_limit *slot;

		if (!made.page_size || !limit.value)
			node_fail(&element, "", "pageSize and limit belong to it");
		slot = spec_push(n->reader->spec, &l->pages, &l->n_pages, sizeof(made));
		if (slot)
			*slot = made;
		else
			node_fail_memory(n);
	}
}

static void add_file(const struct node *n, const char *file, const char *value)
{
	struct cgroup_limits *l = &n->reader->spec->linux_.limits;
	struct file_limit made = {spec_text(n->reader->spec, file), value};
	struct file_limit *slot = NULL;

	if (made.file && made.value)
		slot = spec_push(n->reader->spec, &l->files, &l->n_files, sizeof(made));
	if (slot)
		*slot = made;
	else
		node_fail_memory(n);
}

/* "mlx5_0 hca_handle=2 hca_object=2000", as the kernel reads it. */
static void visit_rdma(const struct node *n, void *data)
{
	static const char keys[2][12] = {"hcaHandles", "hcaObjects"};
	static const char words[2][12] = {"hca_handle", "hca_object"};
	_cleanup_str_ struct str line = {0};
	bool any = false;

	(void)data;
	if (!*n->key || strpbrk(n->key, " \t\r\n\v\f")) {
		node_fail(n, "", "this is no name of a device");
		return;
	}
	str_add(&line, n->key);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct node value = node_in(n, keys[i]);
		uint64_t number = node_u64(&value, UINT32_MAX, 0);

		if (value.value)
			str_printf(&line, " %s=%" PRIu64, words[i], number);
		any = any || value.value;
	}
	if (!any)
		node_fail(n, "", "hcaHandles or hcaObjects belong to it");
	else if (line.failed)
		node_fail_memory(n);
	else if (n->reader->r == 0)
		add_file(n, SPEC_RDMA_FILE, spec_text(n->reader->spec, line.data));
}

static bool take_row(const struct node *n, const char *value)
{
	struct cgroup_limits *l = &n->reader->spec->linux_.limits;
	uint64_t number = 0;

	for (enum limit i = 0; i < LIMIT__COUNT; i++) {
		if (strcmp(limit_rows[i].group, "unified") != 0 || strcmp(limit_rows[i].key, n->key) != 0)
			continue;
		if (strcmp(value, "max") == 0)
			limit_set(l, i, -1);
		else if (parse_u64(slice_of(value), &number) == 0 && number <= INT64_MAX)
			limit_set(l, i, (int64_t)number);
		else
			return false;
		return true;
	}
	return false;
}

/* Files of v2 by their names: what has a row of its own goes there, the rest stays as it stands. */
static void visit_unified(const struct node *n, void *data)
{
	const struct cgroup_limits *l = &n->reader->spec->linux_.limits;
	const char *value = node_text(n);

	(void)data;
	if (!value || take_row(n, value))
		return;
	if (l->n_files && strcmp(n->key, SPEC_RDMA_FILE) == 0 &&
	    strcmp(l->files[0].file, SPEC_RDMA_FILE) == 0)
		node_fail(n, "take one of them away", "linux.resources.rdma has limits too");
	else
		add_file(n, n->key, value);
}

void spec_read_resources(const struct node *n)
{
	struct node devices = node_in(n, "devices");
	struct node memory = node_in(n, "memory");
	struct node cpu = node_in(n, "cpu");
	struct node pids = node_in(n, "pids");
	struct node block = node_in(n, "blockIO");
	struct node pages = node_in(n, "hugepageLimits");
	struct node rdma = node_in(n, "rdma");
	struct node unified = node_in(n, "unified");
	struct node network = node_in(n, "network");

	read_rules(&devices);
	read_memory(&memory);
	read_cpu(&cpu);
	read_rows(&pids, "pids");
	read_block_io(&block);
	read_pages(&pages);
	node_each(&rdma, visit_rdma, NULL);
	node_each(&unified, visit_unified, NULL);
	node_refuse(&network);
}
