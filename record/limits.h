/* SPDX-License-Identifier: Apache-2.0 */
/* What a block may hold at most. Recordings come from elsewhere too: reading one takes bounded memory and
 * time. */
#pragma once

#define LIMIT_RAW (64U << 20)	 /* bytes of a block once it is decompressed */
#define LIMIT_STORED (65U << 20) /* bytes of a block as stored */
#define LIMIT_TEXTS (64U << 20)	 /* bytes of all texts of a section, and of all texts of one snapshot */
#define LIMIT_TEXT_COUNT (1U << 22)
#define LIMIT_CELLS (8U << 20) /* rows times columns, all tables together */
#define LIMIT_ENTITIES (1U << 17)
#define LIMIT_IDENTITIES (1U << 18) /* of a section */
#define LIMIT_SERIES (1U << 18)	    /* of all entities together */
#define LIMIT_SERIES_PAIRS \
	(1U << 27)	   /* sum over entities of the square of their series: finding one is linear */
#define LIMIT_LABELS 4096U /* of one identity */
#define LIMIT_TABLES 64U
#define LIMIT_COLUMNS 4096U
#define LIMIT_SNAPSHOTS (4U << 20) /* of a recording, all its files together */
#define LIMIT_FILES 250U
