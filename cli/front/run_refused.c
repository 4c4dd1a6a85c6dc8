/* SPDX-License-Identifier: Apache-2.0 */
#include "run_refused.h"

#define REFUSED(n, l, why)                                                               \
	{                                                                                \
		.name = n, .letter = l, .type = OPTION_REFUSED, .value = "", .help = why \
	}

#define BRIDGES "bridges come in a later version; --network takes none, host or container:NAME"
#define IMAGES "images come in a later version; --rootfs names a folder"
#define HEALTH "health checks come in a later version"
#define WINDOWS "it is for Windows containers"

const struct option_spec run_refused_rows[RUN_REFUSED_COUNT] = {
	REFUSED("publish", 'p', BRIDGES),
	REFUSED("publish-all", 'P', BRIDGES),
	REFUSED("expose", 0, BRIDGES),
	REFUSED("link", 0, BRIDGES),
	REFUSED("link-local-ip", 0, BRIDGES),
	REFUSED("ip", 0, BRIDGES),
	REFUSED("ip6", 0, BRIDGES),
	REFUSED("mac-address", 0, BRIDGES),
	REFUSED("network-alias", 0, BRIDGES),
	REFUSED("net-alias", 0, BRIDGES),
	REFUSED("net", 0, "it is the older name of --network: use that"),
	REFUSED("pull", 0, IMAGES),
	REFUSED("quiet", 'q', "it hides a pull's progress; " IMAGES),
	REFUSED("platform", 0, "it chooses among an image's platforms; " IMAGES),
	REFUSED("disable-content-trust", 0, "it is about signatures of images; " IMAGES),
	REFUSED("volume-driver", 0, "volumes come in a later version; --volume binds folders"),
	REFUSED("volumes-from", 0, "volumes come in a later version; --volume binds folders"),
	REFUSED("storage-opt", 0, "the writable layer has no size of its own; --tmpfs PATH:size=64m has one"),
	REFUSED("health-cmd", 0, HEALTH),
	REFUSED("health-interval", 0, HEALTH),
	REFUSED("health-retries", 0, HEALTH),
	REFUSED("health-start-interval", 0, HEALTH),
	REFUSED("health-start-period", 0, HEALTH),
	REFUSED("health-timeout", 0, HEALTH),
	REFUSED("no-healthcheck", 0, HEALTH ": there is none to turn off"),
	REFUSED("gpus", 0, "it needs the vendor's hook; --device gives a container its nodes"),
	REFUSED("runtime", 0, "plimsoll is the runtime itself"),
	REFUSED("use-api-socket", 0, "there is no daemon, so no socket of one"),
	REFUSED("cpu-count", 0, WINDOWS "; --cpus limits CPUs"),
	REFUSED("cpu-percent", 0, WINDOWS "; --cpus limits CPUs"),
	REFUSED("io-maxbandwidth", 0, WINDOWS "; --device-read-bps and --device-write-bps limit disks"),
	REFUSED("io-maxiops", 0, WINDOWS "; --device-read-iops and --device-write-iops limit disks"),
	REFUSED("isolation", 0, WINDOWS),
};
