/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root: a folder, or layers of overlayfs with a writable one on top. */
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LAYERS_MAX 500 /* the kernel's own bound (fs/overlayfs) */
#define PAGE_OF_OPTIONS 4096
/*
 * Where what overlayfs wants to find in our namespace is attached until the pivot takes it away with the
 * host's mounts. Not on "/": what lies there would be what the pivot's umount finds, and the host's root
 * would stay.
 */
#define SCRATCH "/sys"

int root_folders(const struct plan *plan, struct error *err)
{
	_cleanup_close_ int folder = open(plan->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return error_errno(err, -errno, "", "cannot open the container's folder '%s'", plan->folder);
	if ((mkdirat(folder, "upper", 0755) < 0 && errno != EEXIST) ||
	    (mkdirat(folder, "work", 0755) < 0 && errno != EEXIST))
		return error_errno(err, -errno, "", "cannot make the writable layer in '%s'", plan->folder);
	return 0;
}

/*
 * "lowerdir+" takes one at a time from Linux 6.8 on. Older ones refuse it with EINVAL, some only once all is
 * put together (before 6.5 overlayfs has mount(2)'s parser behind fsconfig).
 */
static int set_layers(int context, const struct root_overlay *o)
{
	char text[64];
	int r = 0;

	for (size_t i = o->n; r == 0 && i-- > 0;) {
		snprintf(text, sizeof(text), "/proc/self/fd/%d", o->layers[i]);
		r = mount_set(context, o->n > 1 ? "lowerdir+" : "lowerdir", text);
	}
	return r;
}

static int set_options(int context, const struct root_overlay *o)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/upper", o->base);
	r = mount_set(context, "upperdir", path);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/work", o->base);
	if (r == 0)
		r = mount_set(context, "workdir", path);
	if (r == 0 && o->user_xattr)
		r = mount_set(context, "userxattr", NULL);
	if (r == 0 && o->is_volatile)
		r = mount_set(context, "volatile", NULL);
	return r;
}

/* mount(2) has a page for its options, and fsconfig 255 bytes for each: all layers in one text, before
 * Linux 6.8. */
static int make_by_page(const struct root_overlay *o, struct error *err)
{
	char text[PAGE_OF_OPTIONS];
	int used = snprintf(text, sizeof(text),
			    "upperdir=/proc/self/fd/%d/upper,workdir=/proc/self/fd/%d/work%s%s", o->base,
			    o->base, o->user_xattr ? ",userxattr" : "", o->is_volatile ? ",volatile" : "");
	int fd;

	for (size_t i = o->n; i-- > 0 && used < (int)sizeof(text);)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s/proc/self/fd/%d",
				 i == o->n - 1 ? ",lowerdir=" : ":", o->layers[i]);
	if (used >= (int)sizeof(text))
		return error_set(err, -E2BIG, "Linux 6.8 takes 500",
				 "%zu layers are too many for this kernel", o->n);
	if (mount("overlay", SCRATCH, "overlay", 0, text) < 0)
		return error_errno(err, -errno, "", "cannot mount an overlay of %zu layers", o->n);
	fd = mount_clone(AT_FDCWD, SCRATCH, false);
	(void)umount2(SCRATCH, MNT_DETACH);
	return fd < 0 ? error_errno(err, fd, "", "cannot mount an overlay of %zu layers", o->n) : fd;
}

int root_overlay_make(const struct root_overlay *overlay, struct error *err)
{
	static const char what[] = "the container's root";
	_cleanup_close_ int context = mount_context("overlay", err);
	int r;

	if (context < 0)
		return context;
	r = mount_set(context, "source", "overlay");
	if (r == 0)
		r = set_options(context, overlay);
	if (r == 0)
		r = set_layers(context, overlay);
	r = r < 0 ? mount_failed(context, r, what, err)
		  : mount_finish(context, overlay->attributes, what, err);
	return r == -EINVAL && overlay->n > 1 ? make_by_page(overlay, err) : r;
}

static int attach_scratch(int mount)
{
	return move_mount(mount, "", AT_FDCWD, SCRATCH, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The folder that upper and work are in: the container's own, or a tmpfs that nobody else can reach. */
static int open_base(struct launching *l, const struct step *step, struct error *err)
{
	static const struct mount_options nothing;
	int fd;
	int r;

	if (l->plan->spec->root.kind == SPEC_ROOT_OVERLAY_KEPT) {
		if (step->root.idmapped)
			return l->layers[--l->n_layers];
		fd = open(l->plan->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? error_errno(err, -errno, "", "cannot open '%s'", l->plan->folder) : fd;
	}
	fd = mount_new("tmpfs", "plimsoll", &nothing, err);
	if (fd < 0)
		return fd;
	r = attach_scratch(fd);
	if (r == 0 && (mkdirat(fd, "upper", 0755) < 0 || mkdirat(fd, "work", 0755) < 0))
		r = -errno;
	if (r < 0) {
		close(fd);
		return error_errno(err, r, "", "cannot make the writable layer");
	}
	return fd;
}

static int open_layers(struct launching *l, const struct spec_texts *paths, int *fds, struct error *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (l->n_layers) { /* idmapped copies have to be in our namespace: any place will do */
			int r = attach_scratch(l->layers[i]);

			if (r < 0)
				return error_errno(err, r, "", "cannot use the layer '%s'", paths->at[i]);
			fds[i] = l->layers[i];
			continue;
		}
		fds[i] = open(paths->at[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fds[i] < 0)
			return error_errno(err, -errno, "", "cannot open the layer '%s'", paths->at[i]);
	}
	return 0;
}

static int make_overlay(struct launching *l, const struct step *step, struct error *err)
{
	const struct spec_root *root = &l->plan->spec->root;
	int fds[LAYERS_MAX];
	struct root_overlay overlay = {
		.layers = fds,
		.n = root->layers.n,
		.user_xattr = step->root.user_xattr,
		.is_volatile = root->kind == SPEC_ROOT_OVERLAY_TMPFS,
	};
	int fd;
	int r;

	if (overlay.n > LAYERS_MAX)
		return error_set(err, -E2BIG, "", "%zu layers are too many", overlay.n);
	for (size_t i = 0; i < overlay.n; i++)
		fds[i] = -1;
	overlay.base = open_base(l, step, err);
	if (overlay.base < 0)
		return overlay.base;
	r = step->root.idmapped && root->kind == SPEC_ROOT_OVERLAY_KEPT ? attach_scratch(overlay.base) : 0;
	if (r < 0)
		return error_errno(err, r, "", "cannot use the writable layer");
	r = open_layers(l, &root->layers, fds, err);
	if (r < 0)
		return r;
	fd = root_overlay_make(&overlay, err);
	for (size_t i = 0; i < overlay.n; i++)
		close(fds[i]);
	l->base = overlay.base;
	l->n_layers = 0;
	return fd;
}

/* A folder of the container's own, which the host's are put into (root_parts.c). */
static int make_empty(struct launching *l, const struct step *step, struct error *err)
{
	int fd;

	l->base = open_base(l, step, err);
	if (l->base < 0)
		return l->base;
	fd = mount_clone(l->base, "upper", false);
	return fd < 0 ? error_errno(err, fd, "", "cannot make the container's root") : fd;
}

int root_make(struct launching *l, const struct step *step, struct error *err)
{
	int r;

	if (step->root.slot >= 0) {
		l->root = TAKE_FD(l->slots[step->root.slot]);
		r = mount_change(l->root, &(struct mount_options){.recursive = true});
		if (r < 0)
			return error_errno(err, r, "", "cannot use the root '%s'", l->plan->spec->root.path);
	} else if (step->root.host && l->plan->user_ns) {
		l->root = make_empty(l, step, err);
		if (l->root < 0)
			return l->root;
	} else {
		l->root = make_overlay(l, step, err);
		if (l->root < 0)
			return l->root;
	}
	r = mount_attach_above_root(l->root);
	return r < 0 ? error_errno(err, r, "", "cannot attach the container's root") : 0;
}

int root_pivot(struct launching *l, struct error *err)
{
	if (fchdir(l->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return error_errno(err, -errno, "", "cannot make the container's root the root");
	return 0;
}
