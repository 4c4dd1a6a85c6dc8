/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and state.json as text. */
#pragma once

#include "runtime/container.h"

#define CONFIG_SIZE_MAX (4U << 20)
#define STATE_SIZE_MAX (64U << 10)
#define SPEC_SIZE_MAX (16U << 20)

/* args: a copy of the spec's, so that `ps` need not read the spec. */
void container_config_write(const struct container_config *config, const struct spec_texts *args,
			    struct str *out);

/* Texts go to the spec's arena, the copy of args to spec->process.args. 0, -EINVAL with which key is wrong,
 * -ENOMEM. (Fuzzed.) */
int container_config_read(struct slice text, struct spec *spec, struct container_config *out,
			  struct error *err);

void container_state_write(const struct container_state *state, struct str *out);

/* 0, -EINVAL, -ENOMEM. (Fuzzed.) */
int container_state_read(struct slice text, struct container_state *out, struct error *err);
