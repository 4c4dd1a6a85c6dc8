/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the kubelet gives to log files: who a container is where its runtime's metadata can't be read.
 */
#pragma once

#include "meta.h"

/* A name in /var/log/containers: POD_NAMESPACE_CONTAINER-ID.log. False where it is none, or of another id. */
bool meta_kube_container_log(struct slice file, struct slice id, struct meta *m);

/* A name in /var/log/pods: NAMESPACE_POD_UID. */
bool meta_kube_pod_log(struct slice folder, struct slice pod_uid, struct meta *m);

/* Fills in pod, namespace and container from the names of the log folders below rootfs, as far as they are
 * not known. */
void meta_kube_load(int rootfs, struct slice id, struct slice pod_uid, struct meta *m);
