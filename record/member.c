/* SPDX-License-Identifier: Apache-2.0 */
#include "member.h"

#include "base/cleanup.h"

#include <string.h>

#define HOST(type, field)                                           \
	{                                                           \
#field, MEMBER_##type, offsetof(struct host, field) \
	}
#define IDENTITY(type, field)                                           \
	{                                                               \
#field, MEMBER_##type, offsetof(struct identity, field) \
	}

const struct member host_members[] = {
	HOST(TEXT, hostname),
	HOST(TEXT, kernel),
	HOST(U32, n_cpus),
	HOST(U64, memory_bytes),
	HOST(U64, swap_bytes),
	HOST(U64, page_size),
	HOST(U64, boot_ns),
	HOST(BOOL, meters.cpu_known),
	HOST(BOOL, meters.memory_known),
	HOST(BOOL, meters.swap_known),
	HOST(BOOL, meters.load_known),
	HOST(U64, meters.cpu_busy_ns),
	HOST(U64, meters.cpu_total_ns),
	HOST(U64, meters.memory_available_bytes),
	HOST(U64, meters.swap_used_bytes),
	HOST(U64, meters.load_centi),
};
const size_t n_host_members = ARRAY_SIZE(host_members);

const struct member identity_members[] = {
	IDENTITY(TEXT, id),
	IDENTITY(TEXT, name),
	IDENTITY(TEXT, image),
	IDENTITY(TEXT, pod),
	IDENTITY(TEXT, pod_namespace),
	IDENTITY(TEXT, pod_uid),
	IDENTITY(TEXT, kube_container),
	IDENTITY(TEXT, compose_project),
	IDENTITY(TEXT, compose_service),
	IDENTITY(TEXT, writable_layer),
	IDENTITY(BOOL, sandbox),
	IDENTITY(BOOL, has_owner),
	IDENTITY(U32, owner_uid),
	IDENTITY(U32, init_pid),
	IDENTITY(U64, started_at_ns),
	IDENTITY(U32, restarts),
};
const size_t n_identity_members = ARRAY_SIZE(identity_members);

_Static_assert(ARRAY_SIZE(host_members) < MEMBERS_MAX - 2 && ARRAY_SIZE(identity_members) < MEMBERS_MAX - 2,
	       "MEMBERS_MAX is too small");

const char *member_text(const void *record, const struct member *m)
{
	const char *text;

	memcpy(&text, (const char *)record + m->offset, sizeof(text));
	return text ? text : "";
}

void member_set_text(void *record, const struct member *m, const char *text)
{
	memcpy((char *)record + m->offset, &text, sizeof(text));
}

uint64_t member_number(const void *record, const struct member *m)
{
	const char *at = (const char *)record + m->offset;
	uint64_t wide;
	uint32_t narrow;
	bool flag;

	switch (m->type) {
	case MEMBER_BOOL:
		memcpy(&flag, at, sizeof(flag));
		return flag;
	case MEMBER_U32:
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	case MEMBER_U64:
		memcpy(&wide, at, sizeof(wide));
		return wide;
	case MEMBER_TEXT:
		break;
	}
	return 0;
}

void member_set_number(void *record, const struct member *m, uint64_t value)
{
	char *at = (char *)record + m->offset;
	uint32_t narrow = value > UINT32_MAX ? 0 : (uint32_t)value;
	bool flag = value != 0;

	if (m->type == MEMBER_BOOL)
		memcpy(at, &flag, sizeof(flag));
	else if (m->type == MEMBER_U32)
		memcpy(at, &narrow, sizeof(narrow));
	else if (m->type == MEMBER_U64)
		memcpy(at, &value, sizeof(value));
}
