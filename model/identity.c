/* SPDX-License-Identifier: Apache-2.0 */
#include "model/identity.h"

#include <stdlib.h>
#include <string.h>

const char *runtime_name(enum runtime r)
{
	static const char *const names[RUNTIME__COUNT] = {
		[RUNTIME_NONE] = "",
		[RUNTIME_DOCKER] = "docker",
		[RUNTIME_CONTAINERD] = "containerd",
		[RUNTIME_CRIO] = "cri-o",
		[RUNTIME_PODMAN] = "podman",
		[RUNTIME_LXC] = "lxc",
		[RUNTIME_NSPAWN] = "nspawn",
		[RUNTIME_SYSTEMD] = "systemd",
		[RUNTIME_PLIMSOLL] = "plimsoll",
	};

	return r < RUNTIME__COUNT ? names[r] : "";
}

/* Every string of an identity, so that copying and measuring walk the same list. */
static const size_t string_offsets[] = {
	offsetof(struct identity, id),
	offsetof(struct identity, name),
	offsetof(struct identity, image),
	offsetof(struct identity, pod),
	offsetof(struct identity, pod_namespace),
	offsetof(struct identity, pod_uid),
	offsetof(struct identity, kube_container),
	offsetof(struct identity, compose_project),
	offsetof(struct identity, compose_service),
	offsetof(struct identity, writable_layer),
};
#define N_STRINGS (sizeof(string_offsets) / sizeof(string_offsets[0]))

static const char **string_at(struct identity *who, size_t i)
{
	return (const char **)(void *)((char *)who + string_offsets[i]);
}

static const char *text_of(const struct identity *who, size_t i)
{
	const char *text;

	memcpy(&text, (const char *)who + string_offsets[i], sizeof(text));
	return text ? text : "";
}

static size_t text_size(const struct identity *from)
{
	size_t size = 1; /* the shared "" */

	for (size_t i = 0; i < N_STRINGS; i++)
		size += *text_of(from, i) ? strlen(text_of(from, i)) + 1 : 0;
	for (size_t i = 0; i < from->n_labels; i++)
		size += strlen(from->labels[i].key) + strlen(from->labels[i].value) + 2;
	return size;
}

static const char *put_text(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *start = *at;

	memcpy(start, text, size);
	*at += size;
	return start;
}

static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a;
	const struct label *y = b;

	return strcmp(x->key, y->key);
}

/* Their strings lie in the order they were given in: of two with one key, the later one sorts last. */
static int compare_given(const void *a, const void *b)
{
	const struct label *x = a;
	const struct label *y = b;
	int order = compare_labels(x, y);

	return order ? order : (x->key > y->key) - (x->key < y->key);
}

/* Sorts, and of those with one key keeps the last one given. The count that is left. */
static size_t sort_labels(struct label *labels, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(labels, n, sizeof(*labels), compare_given);
	for (size_t i = 0; i < n; i++) {
		if (kept && compare_labels(&labels[kept - 1], &labels[i]) == 0)
			kept--;
		labels[kept++] = labels[i];
	}
	return kept;
}

struct identity *identity_new(const struct identity *from)
{
	size_t labels_size = from->n_labels * sizeof(struct label);
	struct identity *who = malloc(sizeof(*who) + labels_size + text_size(from));
	struct label *labels;
	char *text;
	const char *empty;

	if (!who)
		return NULL;
	*who = *from;
	who->references = 1;
	labels = (struct label *)(void *)(who + 1);
	text = (char *)(who + 1) + labels_size;
	empty = put_text(&text, "");
	for (size_t i = 0; i < N_STRINGS; i++)
		*string_at(who, i) = *text_of(from, i) ? put_text(&text, text_of(from, i)) : empty;
	for (size_t i = 0; i < from->n_labels; i++) {
		labels[i].key = put_text(&text, from->labels[i].key);
		labels[i].value = put_text(&text, from->labels[i].value);
	}
	who->n_labels = sort_labels(labels, from->n_labels);
	who->labels = labels;
	return who;
}

struct identity *identity_ref(struct identity *who)
{
	who->references++;
	return who;
}

void identity_unref(struct identity *who)
{
	if (who && --who->references == 0)
		free(who);
}

const char *identity_label(const struct identity *who, const char *key)
{
	struct label wanted = {key, NULL};
	const struct label *found;

	if (!who->n_labels)
		return NULL;
	found = bsearch(&wanted, who->labels, who->n_labels, sizeof(*who->labels), compare_labels);
	return found ? found->value : NULL;
}
